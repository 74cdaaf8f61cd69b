export { openMcpServer } from './server.ts';
export { TOOLS } from './tools.ts';
