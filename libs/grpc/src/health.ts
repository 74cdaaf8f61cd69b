import { create } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { HandlerContext } from '@connectrpc/connect';
import type { Operation } from '@precedent/contracts';
import { sleep } from '@precedent/kernel';
import { GRPC_SERVICES, PACKAGE } from './methods.ts';
import { messageNamed } from './registry.ts';

/** What depends on others. */
export interface GrpcHealthProbe {
  /** Why no request could be answered now; `undefined`: the gateway is ready. */
  readonly problem: () => string | undefined;
  /** Whether the program answers that serves a part of the catalogue. */
  readonly isServing: (service: BackendService) => Promise<boolean>;
}

/** The programs that serve the operations. */
type BackendService = Operation['service'];

/** Of `grpc.health.v1.HealthCheckResponse`. */
const STATUS = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;
type Status = (typeof STATUS)[keyof typeof STATUS];

const BACKENDS: Readonly<Record<string, BackendService>> = {
  engine: 'engine',
  history: 'history',
  vectorizer: 'vectorizer',
  [`${PACKAGE}.${GRPC_SERVICES.task}`]: 'engine',
  [`${PACKAGE}.${GRPC_SERVICES.access}`]: 'engine',
  [`${PACKAGE}.${GRPC_SERVICES.history}`]: 'history',
  [`${PACKAGE}.${GRPC_SERVICES.search}`]: 'vectorizer',
};

export interface HealthOptions {
  readonly probe: GrpcHealthProbe;
  /** Aborted when the gateway is about to stop. */
  readonly draining: AbortSignal;
  /** Aborted when the gateway stops: watches end then. */
  readonly stopping: AbortSignal;
  /** Between two looks at a watched service. Milliseconds. */
  readonly watchMs: number;
}

/** `grpc.health.v1.Health`: the gateway as a whole under the empty name, each program under its own name and those of its services. */
export const healthService = (options: HealthOptions) => {
  const { draining, stopping, watchMs } = options;
  const response = (status: Status): Message =>
    create(messageNamed('grpc.health.v1.HealthCheckResponse'), { status });
  return {
    check: async (request: Message): Promise<Message> => {
      const status = await statusOf(serviceIn(request), options);
      if (status !== STATUS.serviceUnknown) return response(status);
      throw new ConnectError(`there is no service ${serviceIn(request)}`, Code.NotFound);
    },
    list: async (): Promise<Message> => {
      const names = ['', ...Object.keys(BACKENDS)];
      const statuses = await Promise.all(names.map((name) => statusOf(name, options)));
      return create(messageNamed('grpc.health.v1.HealthListResponse'), {
        statuses: Object.fromEntries(names.map((name, index) => [name, { status: statuses[index] }])),
      });
    },
    async *watch(request: Message, { signal }: HandlerContext): AsyncGenerator<Message> {
      const ended = AbortSignal.any([signal, stopping]);
      const woken = AbortSignal.any([ended, draining]);
      let last: Status | undefined;
      while (!ended.aborted) {
        const status = await statusOf(serviceIn(request), options);
        if (status !== last) yield response(status);
        last = status;
        await sleep(watchMs, draining.aborted ? ended : woken);
      }
    },
  };
};

const serviceIn = (request: Message): string => (request as unknown as { readonly service: string }).service;

const statusOf = async (name: string, { probe, draining }: HealthOptions): Promise<Status> => {
  const backend = BACKENDS[name];
  if (name !== '' && backend === undefined) return STATUS.serviceUnknown;
  if (draining.aborted || probe.problem() !== undefined) return STATUS.notServing;
  const isServing = backend === undefined || (await probe.isServing(backend));
  return isServing ? STATUS.serving : STATUS.notServing;
};
