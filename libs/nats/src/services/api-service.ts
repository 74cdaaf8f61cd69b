import type { NatsConnection } from '@nats-io/nats-core';
import { ENGINE_OPERATIONS } from '@precedent/contracts';
import type { Subjects } from '@precedent/contracts';
import type { PartStatus } from '@precedent/contract-types';
import type { BulkApi, EngineApi } from '@precedent/ports';
import { apiHandlers } from './api-handlers.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import type { Gate } from './caller-gate.ts';
import { namespaceClaims } from './namespace-claim.ts';
import { openJsonService } from './json-service.ts';

export interface ApiServiceOptions {
  readonly nc: NatsConnection;
  readonly engine: Pick<EngineApi, 'forCaller'>;
  /** Absent: subjects with a caller are not listened to. */
  readonly gate?: Gate | undefined;
  readonly subjects: Subjects;
  /** Root of the subjects of the history, which knows tasks that the engine has forgotten. */
  readonly root: string;
  /** Of this program; a semantic version. */
  readonly version: string;
  /** Absent: nothing is done to many tasks at once. */
  readonly bulk?: Pick<BulkApi, 'preview' | 'start'>;
  /** The programs that were started with this one, for `status`. */
  readonly parts?: () => readonly PartStatus[] | undefined;
  /** The engines that stand by, for `status`. */
  readonly standby?: () => readonly string[];
}

/** The engine's API as a NATS micro service. Answers are JSON, `{error}` for a refusal, which also sets the service error headers. */
export const openApiService = ({
  nc,
  subjects,
  root,
  gate,
  ...api
}: ApiServiceOptions): Promise<EngineIngress> =>
  openJsonService({
    nc,
    name: 'precedent-engine',
    version: api.version,
    gate,
    description: 'Tasks of one cell: get, list, cancel, delete, wait, and the state of engine and workers.',
    group: subjects.apiGroup,
    operations: ENGINE_OPERATIONS,
    handlers: apiHandlers({ ...api, checkClaim: namespaceClaims({ nc, root, now: gate?.now ?? Date.now }) }),
  });
