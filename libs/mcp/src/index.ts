export { openMcpServer } from './server.ts';
export { serveTools } from './stdio.ts';
export { toolsetsIn } from './toolsets.ts';
