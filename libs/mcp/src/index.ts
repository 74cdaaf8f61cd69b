export type { DefinedTool } from './defined-tool.ts';
export { openMcpServer } from './server.ts';
export { serveTools } from './stdio.ts';
export type { TaskRef } from './tasks/handle.ts';
export type { TaskSource } from './tasks/task-source.ts';
export { acceptedState } from './tasks/task-state.ts';
export { taskResult } from './tasks/wait-for-task.ts';
export type { ToolContext } from './tool-context.ts';
export { TOOLS } from './tools.ts';
