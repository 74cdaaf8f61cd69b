import type { Problem, Wake } from '@precedent/kernel';
import { problemOf, retryUntilAborted } from '@precedent/kernel';
import type { StoredWebhook, WebhookStore } from '@precedent/ports';
import { followWebhook } from './follow-webhook.ts';
import type { FollowWebhookOptions } from './follow-webhook.ts';

export interface DispatcherOptions extends FollowWebhookOptions {
  readonly store: WebhookStore;
  readonly onFault: (problem: Problem) => void;
  /** Real time by default. */
  readonly wake?: Wake;
}

interface Following {
  readonly text: string;
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

const RETRY_MS = { firstMs: 500, maxMs: 30_000 };

/**
 * Submits the deliveries of all webhooks that are enabled, each at its own pace from its own position, until the signal is aborted. One of a
 * cell is enough; several do no harm, because the same event makes the same task.
 */
export const dispatch = async (options: DispatcherOptions, signal: AbortSignal): Promise<void> => {
  const following = new Map<string, Following>();
  const look = async (): Promise<void> => {
    const wanted = new Map((await options.store.list()).filter(({ enabled }) => enabled).map(withId));
    for (const [id, { stop, text }] of following) {
      if (text === JSON.stringify(wanted.get(id))) continue;
      stop();
      following.delete(id);
    }
    for (const [id, webhook] of wanted)
      if (!following.has(id)) following.set(id, startFollowing(options, webhook));
  };
  while (!signal.aborted) {
    const changed = options.store.changed(signal);
    await retryUntilAborted(look, retrying(options, signal));
    await changed;
  }
  for (const { stop } of following.values()) stop();
  await Promise.all([...following.values()].map(({ ended }) => ended));
};

const withId = (webhook: StoredWebhook) => [webhook.id, webhook] as const;

const startFollowing = (options: DispatcherOptions, webhook: StoredWebhook): Following => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = retryUntilAborted(
    () => followWebhook(options, webhook, signal),
    retrying(options, signal),
  ).then(() => undefined);
  return { text: JSON.stringify(webhook), stop: () => stopping.abort(), ended };
};

/** Whatever fails may be mended: a grant, the history, the engine. */
const retrying = ({ onFault, wake }: DispatcherOptions, signal: AbortSignal) => ({
  signal,
  ...RETRY_MS,
  isWorthIt: () => true,
  onFailure: (error: unknown) => {
    const problem = problemOf(error);
    // What the principal of a webhook may not read is shown with the webhook.
    if (problem.code !== 'FORBIDDEN' && problem.code !== 'UNAUTHENTICATED') onFault(problem);
  },
  ...(wake && { wake }),
});
