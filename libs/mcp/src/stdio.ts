import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { CallerSession, OperationCalls } from '@precedent/ports';
import { newMark } from './mark.ts';
import { toolServer } from './tool-server.ts';

export interface StdioOptions {
  readonly version: string;
  readonly readOnly: boolean;
  readonly calls: OperationCalls;
  readonly session: CallerSession;
  /** Called with what is wrong with a message, or with the connection. */
  readonly onError: (error: Error) => void;
}

/** Serves the tools on stdin and stdout of this process, for a host that starts it. The returned function ends that. */
export const serveTools = ({ onError, ...options }: StdioOptions): (() => Promise<void>) => {
  const served = serveStdio(() => toolServer({ ...options, mark: newMark }), { onerror: onError });
  return () => served.close();
};
