import type { NatsConnection } from '@nats-io/nats-core';
import { WEBHOOK_OPERATIONS, subjectsOf } from '@precedent/contracts';
import type { WebhookOperations } from '@precedent/contracts';
import type { WebhookApi } from '@precedent/ports';
import type { EngineIngress } from '../ingress/in-flight.ts';
import type { Gate } from './caller-gate.ts';
import { openJsonService } from './json-service.ts';
import type { HandlersOf } from './json-service.ts';

export interface WebhookServiceOptions {
  readonly nc: NatsConnection;
  readonly api: WebhookApi;
  readonly root: string;
  /** Absent: subjects with a caller are not listened to. */
  readonly gate?: Gate | undefined;
  /** Of this program; a semantic version. */
  readonly version: string;
}

const handlersOf = (api: WebhookApi): HandlersOf<WebhookOperations> => ({
  create: (request, caller) => api.create(request, caller),
  list: (request, caller) => api.list(request, caller),
  get: ({ id }, caller) => api.get(id, caller),
  update: (request, caller) => api.update(request, caller),
  remove: ({ id }, caller) => api.remove(id, caller),
  rotate: (request, caller) => api.rotate(request, caller),
  deliveries: (request, caller) => api.deliveries(request, caller),
  redeliver: (request, caller) => api.redeliver(request, caller),
  test: ({ id }, caller) => api.test(id, caller),
});

/** Webhooks as a NATS micro service. Every gateway serves it; one of them answers each request. */
export const openWebhookService = ({
  nc,
  api,
  root,
  gate,
  version,
}: WebhookServiceOptions): Promise<EngineIngress> =>
  openJsonService({
    nc,
    version,
    gate,
    name: 'precedent-webhooks',
    description: 'Webhooks of one cell: make, change, list, rotate, their deliveries, deliver again.',
    group: subjectsOf(root).webhooksGroup,
    operations: WEBHOOK_OPERATIONS,
    handlers: handlersOf(api),
  });
