import type { ListReply, SubmitReply } from '@precedent/contract-types';
import { DELIVERY_TYPE, WEBHOOK_LABEL } from '@precedent/contract-types';
import { backoffMs, errorOf, onAbort, sleep } from '@precedent/kernel';
import type { Wake } from '@precedent/kernel';
import type {
  OperationCalls,
  StoredWebhook,
  StreamedEvent,
  TaskEvents,
  WebhookPosition,
  WebhookStore,
} from '@precedent/ports';
import { itemBatches } from './item-batches.ts';
import { webhookFilter, isForWebhook } from './conditions.ts';
import { deliveryTask } from './delivery-task.ts';
import type { DeliveryTask } from './delivery-task.ts';
import type { WebhookPrincipals } from './principals.ts';
import { OPEN_DELIVERIES_MAX, deliveryRoom } from './room.ts';

export interface FollowWebhookOptions {
  readonly store: WebhookStore;
  readonly events: TaskEvents;
  readonly calls: OperationCalls;
  readonly principals: WebhookPrincipals;
  /** Real time by default. */
  readonly wake?: Wake;
}

const BATCH = 100;
/** Between two looks for room, longer each time. Milliseconds. */
const ROOM_MS = { first: 250, max: 15_000 };
const ANSWER_MS = 10_000;

/**
 * Submits the deliveries of one webhook, from its position on, until the signal is aborted. The position is stored after the deliveries
 * are: a crash between the two repeats some of them, which then are there already. Rejects where its principal may not read, and when
 * history or engine are away.
 */
export const followWebhook = async (
  options: FollowWebhookOptions,
  webhook: StoredWebhook,
  signal: AbortSignal,
): Promise<void> => {
  const caller = options.principals.callerOf(webhook);
  const reading = new AbortController();
  const stopListening = onAbort(signal, () => reading.abort());
  let position = (await options.store.positionOf(webhook.id)) ?? { at: webhook.from };
  try {
    const request = { caller, filter: webhookFilter(webhook), after: position.at, signal: reading.signal };
    for await (const batch of itemBatches(options.events.events(request), BATCH)) {
      await submitAll(options, { webhook, batch, signal });
      if (signal.aborted) return;
      position = await moved(options.store, webhook.id, { position, batch });
    }
  } finally {
    stopListening();
    reading.abort();
  }
};

interface Batch {
  readonly webhook: StoredWebhook;
  readonly batch: readonly StreamedEvent[];
  readonly signal: AbortSignal;
}

const submitAll = async (options: FollowWebhookOptions, { webhook, batch, signal }: Batch): Promise<void> => {
  let tasks = batch
    .flatMap((item) => (item.kind === 'event' ? [item.event] : []))
    .filter((event) => isForWebhook(webhook, event))
    .map((event) => deliveryTask(webhook, event));
  while (tasks.length > 0) {
    const room = await roomOf(options, { webhook, signal });
    if (signal.aborted) return;
    await submitTasks(options.calls, tasks.slice(0, room));
    tasks = tasks.slice(room);
  }
};

/** Resolves when there is room for one at least, and to 0 when the signal is aborted. */
const roomOf = async (
  { calls, wake }: FollowWebhookOptions,
  { webhook, signal }: Pick<Batch, 'webhook' | 'signal'>,
): Promise<number> => {
  for (let look = 0; !signal.aborted; look++) {
    const request = {
      namespace: webhook.namespace,
      type: DELIVERY_TYPE,
      labels: { [WEBHOOK_LABEL]: webhook.id },
      state: ['queued', 'running', 'preempted', 'retrying'],
      limit: OPEN_DELIVERIES_MAX,
    };
    const call = { group: 'task', verb: 'list', request, timeoutMs: ANSWER_MS };
    const room = deliveryRoom(((await calls.call(call)) as ListReply).tasks);
    if (room > 0) return room;
    await sleep(backoffMs(look, ROOM_MS.first, ROOM_MS.max), signal, wake);
  }
  return 0;
};

/** Submits deliveries for our own program. Throws the first refusal. */
export const submitTasks = async (calls: OperationCalls, tasks: readonly DeliveryTask[]): Promise<void> => {
  const call = { group: 'submit', verb: 'normal', request: tasks, timeoutMs: ANSWER_MS };
  const replies = (await calls.call(call)) as readonly SubmitReply[];
  for (const reply of replies) if ('error' in reply) throw errorOf(reply.error);
};

const moved = async (
  store: WebhookStore,
  id: string,
  { position, batch }: { readonly position: WebhookPosition; readonly batch: readonly StreamedEvent[] },
): Promise<WebhookPosition> => {
  const next = batch.reduce(placeAfter, position);
  if (next.at !== position.at || next.gap !== position.gap) await store.setPosition(id, next);
  return next;
};

const placeAfter = (position: WebhookPosition, item: StreamedEvent): WebhookPosition => {
  if (item.kind === 'event') return { ...position, at: item.event.sequence };
  if (item.kind === 'position') return item.at > position.at ? { ...position, at: item.at } : position;
  return { at: item.to, gap: { from: item.from, to: item.to } };
};
