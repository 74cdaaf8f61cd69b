import type { DescMethod } from '@bufbuild/protobuf';
import { createContextValues } from '@connectrpc/connect';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Authenticate, Listener, ListenerOptions, OperationCalls, TaskEvents } from '@precedent/ports';
import type { Problem } from '@precedent/kernel';
import { HttpRefusal, STALL_MS, limitBodyTime, requestRules } from '@precedent/web-server';
import { PEER, credentialGate } from './call-context.ts';
import { isUnary, withDeadline } from './deadline.ts';
import { healthService } from './health.ts';
import type { GrpcHealthProbe } from './health.ts';
import { GRPC_OPERATIONS, PACKAGE } from './methods.ts';
import { reflectionCall } from './reflection.ts';
import { methodNamed, serviceNamed } from './registry.ts';
import { submitStream } from './submit-stream.ts';
import { openTransport } from './transport.ts';
import type { AnyRequest, AnyResponse, RequestListener } from './transport.ts';
import { unaryCall } from './unary.ts';
import { watchTask, watchTasks } from './watch.ts';
import type { WatchRpcOptions } from './watch.ts';

export interface GrpcServerOptions extends ListenerOptions {
  readonly calls: OperationCalls;
  readonly events: TaskEvents;
  readonly authenticate: Authenticate;
  readonly health: GrpcHealthProbe;
  /** How long a body may take, and how long the client of a stream may send nothing. Milliseconds; a minute by default. */
  readonly stallMs?: number;
  /** Between two looks at a service whose health is watched. Milliseconds. */
  readonly watchMs?: number;
  /** Called with what is our fault, once for each such answer. */
  readonly onFault: (problem: Problem) => void;
}

/** A task with the largest payload and environment is smaller. Bytes, of one message. */
const MESSAGE_BYTES = 4 * 1024 * 1024;
/** A payload may have 256 levels, each of which is three messages in a `google.protobuf.Value`. */
const RECURSION = 1_000;
const WATCH_MS = 2_000;

/** Serves the operations of the catalogue over gRPC, gRPC-Web and Connect. Rejects PORT_IN_USE. */
export const openGrpcServer = async (options: GrpcServerOptions): Promise<Listener> => {
  const { stallMs = STALL_MS, watchMs = WATCH_MS, health: probe } = options;
  const [draining, stopping] = [new AbortController(), new AbortController()];
  const rpc: WatchRpcOptions = { ...options, stallMs, stopping: stopping.signal };
  const health = healthService({ probe, draining: draining.signal, stopping: stopping.signal, watchMs });
  const handle = connectNodeAdapter({
    readMaxBytes: MESSAGE_BYTES,
    binaryOptions: { recursionLimit: RECURSION },
    jsonOptions: { recursionLimit: RECURSION },
    contextValues: ({ socket }) => createContextValues().set(PEER, socket.remoteAddress ?? ''),
    routes: (router) => {
      addOperations(router, rpc);
      addPublicServices(router, health);
    },
  });
  const check = requestRules(options.hosts ?? []);
  const listener = await openTransport(options, 'gateway.grpcPort', (request, response) => {
    const refusal = refusalOf(request, check);
    if (refusal !== undefined) return refuse(response, refusal);
    limitTimes(request, response, stallMs);
    handle(request, response);
  });
  return {
    ...listener,
    close: async () => {
      draining.abort();
      await new Promise<void>((resolve) => void setImmediate(resolve));
      stopping.abort();
      await listener.close();
    },
  };
};

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

/** The status with which a request is refused whose head breaks a rule. The handler would throw where the host is none. */
const refusalOf = (request: AnyRequest, check: ReturnType<typeof requestRules>): number | undefined => {
  const { headers, url = '' } = request;
  const host = String(headers[':authority'] ?? headers.host ?? '');
  try {
    check({ raw: request, headers: { ...headers, host } });
    return URL.canParse(url, `http://${host}`) ? undefined : BAD_REQUEST;
  } catch (error) {
    return error instanceof HttpRefusal ? error.statusCode : FORBIDDEN;
  }
};

const [BAD_REQUEST, FORBIDDEN] = [400, 403];

const refuse = (response: AnyResponse, status: number): void => {
  response.statusCode = status;
  response.end();
};

/** A client may not take for ever to send a message, nor to read its answer. */
const limitTimes = (...[request, response, stallMs]: [...Parameters<RequestListener>, number]): void => {
  withDeadline(request);
  if (isUnary(request)) limitBodyTime(request, stallMs);
  if ('stream' in response)
    response.stream.setTimeout(stallMs, () => {
      if (response.stream.writableNeedDrain) response.stream.close();
    });
};
