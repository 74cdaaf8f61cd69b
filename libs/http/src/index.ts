export { openHttpServer } from './server.ts';
export { ROUTED } from './routes.ts';
