import { silentGateway } from '@precedent/ports';
import type {
  Authenticate,
  GatewayTelemetry,
  Listener,
  ListenerOptions,
  OperationCalls,
  TaskEvents,
} from '@precedent/ports';
import type { Problem } from '@precedent/kernel';
import { HttpRefusal, OpenStreams, STALL_MS, limitBodyTime, requestRules } from '@precedent/web-server';
import { isUnary, withDeadline } from './deadline.ts';
import type { GrpcHealthProbe } from './health.ts';
import { openTransport } from './transport.ts';
import type { AnyRequest, AnyResponse, RequestListener } from './transport.ts';

export interface GrpcServerOptions extends ListenerOptions {
  readonly calls: OperationCalls;
  readonly events: TaskEvents;
  /** Of the gateway, over all its interfaces. */
  readonly open?: OpenStreams;
  readonly authenticate: Authenticate;
  readonly health: GrpcHealthProbe;
  /** Aborted some time before the server is closed: health says so, and everything else goes on. */
  readonly draining?: AbortSignal;
  /** How long a body may take, and how long the client of a stream may send nothing. Milliseconds; a minute by default. */
  readonly stallMs?: number;
  /** Between two looks at a service whose health is watched. Milliseconds. */
  readonly watchMs?: number;
  readonly telemetry?: GatewayTelemetry;
  /** Called with what is our fault, once for each such answer. */
  readonly onFault: (problem: Problem) => void;
}

const WATCH_MS = 2_000;

/** Serves the operations of the catalogue over gRPC, gRPC-Web and Connect. Rejects PORT_IN_USE. */
export const openGrpcServer = async (options: GrpcServerOptions): Promise<Listener> => {
  const { stallMs = STALL_MS, watchMs = WATCH_MS, open = new OpenStreams(), health: probe } = options;
  const { telemetry = silentGateway } = options;
  const [closing, stopping] = [new AbortController(), new AbortController()];
  const draining = AbortSignal.any([closing.signal, ...(options.draining ? [options.draining] : [])]);
  const rpc = { ...options, stallMs, open, telemetry, stopping: stopping.signal };
  const health = { probe, draining, stopping: stopping.signal, watchMs };
  const load = async (): Promise<RequestListener> =>
    (await import('./rpc-handler.ts')).rpcHandler(rpc, health);
  let handler: Promise<RequestListener> | undefined;
  const check = requestRules(options.hosts ?? []);
  const listener = await openTransport(options, 'gateway.grpcPort', (request, response) => {
    const refusal = refusalOf(request, check);
    if (refusal !== undefined) return refuse(response, refusal);
    limitTimes(request, response, stallMs);
    handler ??= load();
    void handler.then((handle) => handle(request, response));
  });
  return {
    ...listener,
    close: async () => {
      closing.abort();
      await new Promise<void>((resolve) => void setImmediate(resolve));
      stopping.abort();
      await listener.close();
    },
  };
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
