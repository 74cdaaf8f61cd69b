import type { EpochMs } from '@precedent/kernel';
import type { CallerSession, OperationCalls } from '@precedent/ports';
import type { TaskHandles } from './tasks/handle.ts';

/** What the tools of one caller need. */
export interface ToolContext {
  readonly calls: OperationCalls;
  readonly session: CallerSession;
  /** A text that cannot be guessed, another one at each call. */
  readonly mark: () => string;
  /** Nothing may be changed. */
  readonly readOnly: boolean;
  readonly handles: TaskHandles;
  /** How long the cell knows a task after its verdict. Milliseconds. */
  readonly retentionMs: number;
  /** What takes longer becomes a task for clients that can follow one. Milliseconds. */
  readonly inlineMs: number;
  readonly now: () => EpochMs;
  /** W3C trace context of the request. */
  readonly traceparent?: string | undefined;
  /** Called when a tool was called. */
  readonly onCalled?: ((tool: string, isError: boolean) => void) | undefined;
}

/** Whose handles a caller may use: those of its principal, whichever of its credentials it comes with. */
export const handleOwner = ({ principal, credential }: CallerSession): string =>
  principal ?? credential ?? '';
