import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { newMark } from './mark.ts';
import type { StdioOptions } from './options.ts';
import { exactLines } from './stdio-lines.ts';
import { taskHandles } from './tasks/handle.ts';
import { StdioListens } from './tasks/stdio-listens.ts';
import { INLINE_MS } from './tasks/task-tools.ts';
import { tasksOf, toolServer } from './tool-server.ts';
import { toolSet } from './tool-set.ts';

/** Where a host writes and reads. */
export interface Pipes {
  readonly input: Readable;
  readonly output: Writable;
}

export const stdioServer = (
  { onError, taskSeal, ...options }: StdioOptions,
  { input, output }: Pipes = { input: process.stdin, output: process.stdout },
): (() => Promise<void>) => {
  const context = {
    ...options,
    tools: toolSet(options),
    handles: taskHandles(taskSeal),
    inlineMs: INLINE_MS,
    mark: newMark,
    now: Date.now,
  };
  const lines = exactLines((refusal) => void transport.send(refusal).catch(onError));
  const transport = new StdioServerTransport(lines, output);
  const listens = new StdioListens(transport, { context, source: tasksOf(context), onError });
  const start = transport.start.bind(transport);
  // The SDK sets its own handler right before it starts the transport.
  transport.start = async () => {
    const pass = transport.onmessage;
    transport.onmessage = (message) => {
      if (!listens.take(message)) pass?.(message);
    };
    await start();
    input.pipe(lines);
  };
  const served = serveStdio(() => toolServer(context), { transport, onerror: onError });
  return () => {
    listens.close();
    return served.close();
  };
};
