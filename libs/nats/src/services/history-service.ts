import type { NatsConnection } from '@nats-io/nats-core';
import { HISTORY_OPERATIONS, subjectsOf } from '@precedent/contracts';
import type { HistoryOperations } from '@precedent/contracts';
import type { HistoryApi } from '@precedent/ports';
import type { Ingress } from '../ingress/in-flight.ts';
import type { Gate } from './caller-gate.ts';
import { openJsonService } from './json-service.ts';
import type { HandlersOf } from './json-service.ts';

export interface HistoryServiceOptions {
  readonly nc: NatsConnection;
  readonly api: HistoryApi;
  readonly root: string;
  /** Absent: subjects with a caller are not listened to. */
  readonly gate?: Gate | undefined;
  /** Of this program; a semantic version. */
  readonly version: string;
}

const handlersOf = (api: HistoryApi): HandlersOf<HistoryOperations> => ({
  get: (request, caller) => api.forCaller(caller).get(request),
  list: (request, caller) => api.forCaller(caller).list(request),
  stats: (request, caller) => api.forCaller(caller).stats(request),
  events: (request, caller) => api.forCaller(caller).events(request),
  feed: (request, caller) => api.forCaller(caller).feed(request),
  logs: (request, caller) => api.forCaller(caller).logs(request),
  decisions: (request, caller) => api.forCaller(caller).decisions(request),
  search: (request, caller) => api.forCaller(caller).search(request),
  status: () => api.status(),
  rebuild: () => api.rebuild(),
  optimise: () => api.optimise(),
  copy: () => api.copy(),
});

/** The history as a NATS micro service. */
export const openHistoryService = ({
  nc,
  api,
  root,
  gate,
  version,
}: HistoryServiceOptions): Promise<Ingress> =>
  openJsonService({
    nc,
    version,
    gate,
    name: 'precedent-history',
    description: 'What happened to tasks of one cell: get, list, search, statistics, the log of operations.',
    group: subjectsOf(root).historyGroup,
    operations: HISTORY_OPERATIONS,
    handlers: handlersOf(api),
  });
