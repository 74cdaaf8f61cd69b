export { openHttpServer } from './server.ts';
export { ROUTED } from './routes.ts';
export type { OperationName } from './routes.ts';
