import type { StdioOptions } from './options.ts';

/** Serves the tools on stdin and stdout of this process, for a host that starts it. The function ends that. */
export const serveTools = async (options: StdioOptions): Promise<() => Promise<void>> =>
  (await import('./stdio-server.ts')).stdioServer(options);
