export { jsonOf } from './json-of.ts';
export { protoMessageOf } from './message-of.ts';
export { GRPC_OPERATIONS, PACKAGE } from './methods.ts';
export type { GrpcOperation } from './methods.ts';
export { methodNamed, registry, serviceNamed } from './registry.ts';
