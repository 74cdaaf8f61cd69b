import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import { problemOf, retryUntilAborted } from '@precedent/kernel';
import { callerScopes, natsWebhookStore, openWebhookService } from '@precedent/nats';
import type { AccessGate } from '@precedent/nats';
import { textSeal } from '@precedent/ports';
import type { WebhookStore } from '@precedent/ports';
import { VERSION } from '@precedent/processes';
import { OPEN_PRINCIPALS, WebhookAdministration, webhookPrincipals } from '@precedent/webhooks';
import type { WebhookPrincipals } from '@precedent/webhooks';
import type { DeliveryParts, WebhookParts } from './webhook-parts.ts';

/** Webhooks of the cell, and their delivery once there is one that is enabled. */
export interface Webhooks {
  close(): Promise<void>;
}

const RETRY_MS = { firstMs: 500, maxMs: 30_000 };

/** Rejects NATS_UNREACHABLE. */
export const openWebhooks = async (parts: WebhookParts): Promise<Webhooks> => {
  const { config, nc, gate, calls, secret } = parts;
  const { root, cell, namespace, nats } = config;
  const names = { subjects: subjectsOf(root), streams: streamsOf(root) };
  const store = await natsWebhookStore({ nc, ...names, replicas: nats.replicas });
  const principals = principalsOf(gate);
  const seal = textSeal(secret, 'webhook');
  const delivery: DeliveryParts = { ...parts, store, principals, seal };
  const api = new WebhookAdministration({
    store,
    calls,
    principals,
    seal,
    cell,
    namespace,
    now: Date.now,
    send: async (receiver, message) => (await sender(config))(receiver, message),
  });
  const service = await openWebhookService({ nc, api, root, gate, version: VERSION });
  const closing = new AbortController();
  const delivering = deliver(delivery, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await service.close();
      await delivering;
    },
  };
};

const principalsOf = (gate: AccessGate | undefined): WebhookPrincipals =>
  gate === undefined
    ? OPEN_PRINCIPALS
    : webhookPrincipals({ registry: gate.registry, scopeOf: callerScopes(gate), now: gate.now });

/** Loaded with the first call: most gateways have no webhooks. */
const sender = async (config: Config) => (await import('./deliveries.ts')).messageSender(config);

const deliver = async (parts: DeliveryParts, signal: AbortSignal): Promise<void> => {
  const retrying = {
    signal,
    ...RETRY_MS,
    isWorthIt: () => true,
    onFailure: (error: unknown) => parts.onFault(problemOf(error)),
  };
  await retryUntilAborted(() => firstWebhook(parts.store, signal), retrying);
  if (signal.aborted) return;
  const { deliverEvents } = await import('./deliveries.ts');
  await retryUntilAborted(() => deliverEvents(parts, signal), retrying);
};

/** Resolves when there is a webhook that is enabled, or when the signal is aborted. */
const firstWebhook = async (store: WebhookStore, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const changed = store.changed(signal);
    if ((await store.list()).some(({ enabled }) => enabled)) return;
    await changed;
  }
};
