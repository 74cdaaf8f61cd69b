import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { CallerSession, OperationCalls, TextSeal } from '@precedent/ports';
import { newMark } from './mark.ts';
import { INLINE_MS } from './tasks/task-tools.ts';
import { taskHandles } from './tasks/handle.ts';
import { toolServer } from './tool-server.ts';

export interface StdioOptions {
  readonly version: string;
  readonly readOnly: boolean;
  readonly calls: OperationCalls;
  readonly session: CallerSession;
  /** Seals the handles of tasks: the same at each start for one caller, so that it knows the tasks that it was given before. */
  readonly taskSeal: TextSeal;
  /** How long the cell knows a task after its verdict. Milliseconds. */
  readonly retentionMs: number;
  /** Called with what is wrong with a message, or with the connection. */
  readonly onError: (error: Error) => void;
}

/** Serves the tools on stdin and stdout of this process, for a host that starts it. The returned function ends that. */
export const serveTools = ({ onError, taskSeal, ...options }: StdioOptions): (() => Promise<void>) => {
  const context = {
    ...options,
    handles: taskHandles(taskSeal),
    inlineMs: INLINE_MS,
    mark: newMark,
    now: Date.now,
  };
  const served = serveStdio(() => toolServer(context), { onerror: onError });
  return () => served.close();
};
