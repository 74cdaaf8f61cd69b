import type { DescMethod } from '@bufbuild/protobuf';
import { createContextValues } from '@connectrpc/connect';
import type { ConnectRouter } from '@connectrpc/connect';
import { PEER, credentialGate } from './call-context.ts';
import { healthService } from './health.ts';
import type { HealthOptions } from './health.ts';
import { GRPC_OPERATIONS, PACKAGE } from './methods.ts';
import { reflectionCall } from './reflection.ts';
import { methodNamed, serviceNamed } from './registry.ts';
import { rpcAdapter } from './rpc-adapter.ts';
import { submitStream } from './submit-stream.ts';
import type { RequestListener } from './transport.ts';
import { unaryCall } from './unary.ts';
import { watchTask, watchTasks } from './watch.ts';
import type { WatchRpcOptions } from './watch.ts';

/** A task with the largest payload and environment is smaller. Bytes, of one message. */
const MESSAGE_BYTES = 4 * 1024 * 1024;
/** A payload may have 256 levels, each of which is three messages in a `google.protobuf.Value`. */
const RECURSION = 1_000;

/** Answers calls of all services. It is loaded for the first call: idle, the gateway needs 25 MB less. */
export const rpcHandler = (options: WatchRpcOptions, healthOptions: HealthOptions): RequestListener =>
  rpcAdapter({
    telemetry: options.telemetry,
    readMaxBytes: MESSAGE_BYTES,
    binaryOptions: { recursionLimit: RECURSION },
    // A misspelt field of a request in JSON is refused, as over the other interfaces. Binary ones have no names.
    jsonOptions: { recursionLimit: RECURSION, ignoreUnknownFields: false },
    contextValues: ({ socket }) => createContextValues().set(PEER, socket.remoteAddress ?? ''),
    routes: (router) => {
      addOperations(router, options);
      addPublicServices(router, healthService(healthOptions));
    },
  });

const addOperations = (router: ConnectRouter, options: WatchRpcOptions): void => {
  const requestGate = credentialGate(options);
  const add = (name: string, method: string, implement: (desc: DescMethod) => unknown): void => {
    const desc = methodNamed(serviceNamed(`${PACKAGE}.${name}`), method);
    router.rpc(desc, implement(desc) as never, { requestGate });
  };
  for (const one of GRPC_OPERATIONS) add(one.service, one.method, (desc) => unaryCall(one, desc, options));
  add('TaskService', 'SubmitTasks', (desc) => submitStream(desc, options));
  add('HistoryService', 'WatchTasks', (desc) => watchTasks(desc, options));
  add('HistoryService', 'WatchTask', (desc) => watchTask(desc, options));
};

/** Those need no credential: they say nothing of tasks. */
const addPublicServices = (router: ConnectRouter, health: ReturnType<typeof healthService>): void => {
  router.service(serviceNamed('grpc.health.v1.Health'), health as never);
  for (const version of ['v1', 'v1alpha']) {
    const service = serviceNamed(`grpc.reflection.${version}.ServerReflection`);
    const method = methodNamed(service, 'ServerReflectionInfo');
    router.rpc(method, reflectionCall(method) as never);
  }
};
