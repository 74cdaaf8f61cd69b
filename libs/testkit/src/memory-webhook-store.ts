import { onAbort } from '@precedent/kernel';
import type { StoredWebhook, WebhookPosition, WebhookStore } from '@precedent/ports';

/** Webhooks in memory. */
export const memoryWebhookStore = (): WebhookStore => {
  const webhooks = new Map<string, StoredWebhook>();
  const positions = new Map<string, WebhookPosition>();
  let next = Promise.withResolvers<void>();
  const notify = (): void => {
    next.resolve();
    next = Promise.withResolvers();
  };
  return {
    list: async () => [...webhooks.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    get: async (id) => webhooks.get(id),
    change: async (id, decide) => {
      const changed = decide(webhooks.get(id));
      if (changed) webhooks.set(id, changed);
      else for (const map of [webhooks, positions]) map.delete(id);
      notify();
      return changed;
    },
    positionOf: async (id) => positions.get(id),
    setPosition: async (id, position) => void positions.set(id, position),
    changed: (signal) =>
      new Promise((resolve) => {
        onAbort(signal, resolve);
        void next.promise.then(resolve);
      }),
  };
};
