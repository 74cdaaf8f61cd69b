export { openGrpcServer } from './server.ts';
