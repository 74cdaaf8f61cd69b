import type { Config } from '@precedent/config';
import type { Problem } from '@precedent/kernel';
import type { AccessGate, natsWebhookStore } from '@precedent/nats';
import type { OperationCalls, TaskEvents, TextSeal, WebhookStore } from '@precedent/ports';
import type { WebhookPrincipals } from '@precedent/webhooks';

type Connection = Parameters<typeof natsWebhookStore>[0]['nc'];

export interface WebhookParts {
  readonly config: Config;
  readonly nc: Connection;
  readonly gate: AccessGate | undefined;
  readonly calls: OperationCalls;
  readonly events: TaskEvents;
  readonly secret: string;
  readonly onFault: (problem: Problem) => void;
}

/** What the delivery of events needs. */
export interface DeliveryParts extends WebhookParts {
  readonly store: WebhookStore;
  readonly principals: WebhookPrincipals;
  readonly seal: TextSeal;
}
