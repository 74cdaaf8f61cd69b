import type { NatsConnection } from '@nats-io/nats-core';
import { HISTORY_OPERATIONS, historySubjectsOf } from '@precedent/contracts';
import type { HistoryOperations } from '@precedent/contracts';
import type { HistoryApi } from '@precedent/ports';
import type { Ingress } from '../ingress/in-flight.ts';
import { openJsonService } from './json-service.ts';
import type { HandlersOf } from './json-service.ts';

export interface HistoryServiceOptions {
  readonly nc: NatsConnection;
  readonly api: HistoryApi;
  readonly root: string;
  /** Of this program; a semantic version. */
  readonly version: string;
}

const handlersOf = (api: HistoryApi): HandlersOf<HistoryOperations> => ({
  get: (request) => api.get(request),
  list: (request) => api.list(request),
  stats: (request) => api.stats(request),
  events: (request) => api.events(request),
  decisions: (request) => api.decisions(request),
  search: (request) => api.search(request),
  status: () => api.status(),
  rebuild: () => api.rebuild(),
  optimise: () => api.optimise(),
  copy: () => api.copy(),
});

/** The history as a NATS micro service. */
export const openHistoryService = ({ nc, api, root, version }: HistoryServiceOptions): Promise<Ingress> =>
  openJsonService({
    nc,
    version,
    name: 'precedent-history',
    description: 'What happened to tasks of one cell: get, list, search, statistics, the log of operations.',
    group: historySubjectsOf(root).group,
    operations: HISTORY_OPERATIONS,
    handlers: handlersOf(api),
  });
