import { DELIVERY_TYPE, WEBHOOK_LABEL } from '@precedent/contract-types';
import type { JournalledEvent } from '@precedent/contract-types';
import { AppError, fieldOf } from '@precedent/kernel';
import type { StoredWebhook } from '@precedent/ports';
import { messageIdOf } from './message.ts';

/** What a delivery names. The event itself is read from the history at each attempt, for the principal of the webhook. */
export interface DeliveryPayload {
  readonly webhook: string;
  readonly sequence: string;
  /** Of the event. */
  readonly task: string;
}

/** Only gateways serve it. */
export const DELIVERY_POOL = 'webhooks';

/**
 * Five seconds, ten, and so on up to an hour, each shortened by up to a fifth. The first eleven retries take an hour and a half, each later one
 * 54 minutes on average: three days in all.
 */
const RETRY = { max: 88, delay: 5_000, backoff: 2, maxDelay: 3_600_000, jitter: 0.2 } as const;

/** For one attempt, with its wait for others of the same webhook. Milliseconds. */
const ATTEMPT_MS = 30 * 60_000;

/** The task that delivers an event. Its id is that of the message, so that the same event makes one task. */
export const deliveryTask = (
  webhook: Pick<StoredWebhook, 'id' | 'namespace'>,
  event: JournalledEvent,
  id: string = messageIdOf(webhook.id, event.sequence),
) => ({
  id,
  namespace: webhook.namespace,
  project: event.project,
  type: DELIVERY_TYPE,
  name: `${event.event} of ${event.id}`,
  labels: { [WEBHOOK_LABEL]: webhook.id, event: event.event, task: event.id, sequence: event.sequence },
  payload: { webhook: webhook.id, sequence: event.sequence, task: event.id } satisfies DeliveryPayload,
  pool: DELIVERY_POOL,
  band: 'normal',
  ...(event.security !== undefined && { security: event.security }),
  retry: RETRY,
  timeouts: { attempt: ATTEMPT_MS },
  preemption: { mode: 'never', preempts: false },
});

export type DeliveryTask = ReturnType<typeof deliveryTask>;

/** Throws INVALID_TASK. */
export const payloadIn = (payload: unknown): DeliveryPayload => {
  const [webhook, sequence, task] = [
    fieldOf(payload, 'webhook'),
    fieldOf(payload, 'sequence'),
    fieldOf(payload, 'task'),
  ];
  if (typeof webhook === 'string' && typeof sequence === 'string' && typeof task === 'string')
    return { webhook, sequence, task };
  throw new AppError(
    'INVALID_TASK',
    'payload: expected a webhook, and the sequence and the task of an event',
  );
};
