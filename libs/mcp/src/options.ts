import type { Problem } from '@precedent/kernel';
import type {
  Authenticate,
  CallerSession,
  GatewayTelemetry,
  ListenerOptions,
  OperationCalls,
  TextSeal,
} from '@precedent/ports';
import type { Additions } from './tool-set.ts';
import type { Toolset } from './toolsets.ts';

export interface McpServerOptions extends ListenerOptions {
  readonly version: string;
  readonly readOnly: boolean;
  /** Of all connections; each may choose fewer. None: all of them. */
  readonly toolsets?: readonly Toolset[];
  readonly calls: OperationCalls;
  readonly authenticate: Authenticate;
  /** URLs of the OpenID providers whose tokens count; a client that has none is sent there. */
  readonly issuers?: readonly string[];
  /** Seals the handles of tasks: that of every gateway of the cell, so that each one knows the tasks that others gave out. */
  readonly taskSeal: TextSeal;
  /** How long the cell knows a task after its verdict. Milliseconds. */
  readonly retentionMs: number;
  /** What takes longer becomes a task for clients that can follow one. Milliseconds; two seconds by default. */
  readonly inlineMs?: number;
  readonly additions?: Additions;
  readonly telemetry?: GatewayTelemetry;
  readonly onFault: (problem: Problem) => void;
}

export interface StdioOptions {
  readonly version: string;
  readonly readOnly: boolean;
  /** None: all of them. */
  readonly toolsets?: readonly Toolset[];
  readonly calls: OperationCalls;
  readonly session: CallerSession;
  /** Seals the handles of tasks: the same at each start for one caller, so that it knows the tasks that it was given before. */
  readonly taskSeal: TextSeal;
  /** How long the cell knows a task after its verdict. Milliseconds. */
  readonly retentionMs: number;
  /** Called with what is wrong with a message, or with the connection. */
  readonly onError: (error: Error) => void;
}
