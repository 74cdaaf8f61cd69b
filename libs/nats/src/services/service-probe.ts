import type { NatsConnection } from '@nats-io/nats-core';
import type { Operation } from '@precedent/contracts';

/** How long a service may take to answer. Milliseconds. */
const ANSWER_MS = 1_000;

const NAMES: Readonly<Record<Operation['service'], string>> = {
  engine: 'precedent-engine',
  history: 'precedent-history',
  vectorizer: 'precedent-search',
  gateway: 'precedent-webhooks',
};

/** Whether a program answers that serves this part of the catalogue. Never rejects. */
export const isServing = (nc: NatsConnection, service: Operation['service']): Promise<boolean> =>
  nc.request(`$SRV.PING.${NAMES[service]}`, '', { timeout: ANSWER_MS }).then(
    () => true,
    () => false,
  );
