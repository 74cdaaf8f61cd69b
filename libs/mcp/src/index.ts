export { openMcpServer } from './server.ts';
export { serveTools } from './stdio.ts';
