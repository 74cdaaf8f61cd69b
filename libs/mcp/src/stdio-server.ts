import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { newMark } from './mark.ts';
import type { StdioOptions } from './options.ts';
import { taskHandles } from './tasks/handle.ts';
import { INLINE_MS } from './tasks/task-tools.ts';
import { toolServer } from './tool-server.ts';
import { toolSet } from './tool-set.ts';

export const stdioServer = ({ onError, taskSeal, ...options }: StdioOptions): (() => Promise<void>) => {
  const context = {
    ...options,
    tools: toolSet(options.readOnly),
    handles: taskHandles(taskSeal),
    inlineMs: INLINE_MS,
    mark: newMark,
    now: Date.now,
  };
  const served = serveStdio(() => toolServer(context), { onerror: onError });
  return () => served.close();
};
