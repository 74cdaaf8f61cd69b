export type { DefinedTool } from './defined-tool.ts';
export { RESOURCES } from './resources/cell-resources.ts';
export type { TaskRef } from './tasks/handle.ts';
export type { TaskSource } from './tasks/task-source.ts';
export { acceptedState } from './tasks/task-state.ts';
export { taskResult } from './tasks/wait-for-task.ts';
export type { ToolContext } from './tool-context.ts';
export { ALIASES, PLANNED, TOOLS } from './tools.ts';
export { TYPES, typeToolName } from './types/type-tools.ts';
