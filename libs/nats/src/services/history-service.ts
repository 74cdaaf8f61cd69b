import type { NatsConnection } from '@nats-io/nats-core';
import {
  historyDecisionsSchema,
  historyEmptySchema,
  historyEventsSchema,
  historyGetSchema,
  historyListSchema,
  historySearchSchema,
  historyStatsSchema,
  historySubjectsOf,
} from '@precedent/contracts';
import type { HistoryVerb } from '@precedent/contracts';
import type { HistoryApi } from '@precedent/ports';
import type { Ingress } from '../ingress/in-flight.ts';
import { openJsonService, verb } from './json-service.ts';
import type { ServiceVerb } from './json-service.ts';

export interface HistoryServiceOptions {
  readonly nc: NatsConnection;
  readonly api: HistoryApi;
  readonly root: string;
  /** Of this program; a semantic version. */
  readonly version: string;
}

const verbsOf = (api: HistoryApi): Readonly<Record<HistoryVerb, ServiceVerb>> => ({
  get: verb(historyGetSchema, (request) => api.get(request)),
  list: verb(historyListSchema, (request) => api.list(request)),
  stats: verb(historyStatsSchema, (request) => api.stats(request)),
  events: verb(historyEventsSchema, (request) => api.events(request)),
  decisions: verb(historyDecisionsSchema, (request) => api.decisions(request)),
  search: verb(historySearchSchema, (request) => api.search(request)),
  status: verb(historyEmptySchema, () => api.status()),
  rebuild: verb(historyEmptySchema, () => api.rebuild()),
  optimise: verb(historyEmptySchema, () => api.optimise()),
  copy: verb(historyEmptySchema, () => api.copy()),
});

/** The history as a NATS micro service. */
export const openHistoryService = ({ nc, api, root, version }: HistoryServiceOptions): Promise<Ingress> =>
  openJsonService({
    nc,
    version,
    name: 'precedent-history',
    description: 'What happened to tasks of one cell: get, list, search, statistics, the log of operations.',
    group: historySubjectsOf(root).group,
    verbs: verbsOf(api),
  });
