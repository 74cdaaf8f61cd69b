import type { HistoryFeedReply, Job, JournalledEvent } from '@precedent/contract-types';
import { AppError, placeIn, sequenceText } from '@precedent/kernel';
import type { ErrorCode, ProblemExtras } from '@precedent/kernel';
import type { OperationCalls, StoredWebhook, TextSeal, WebhookStore } from '@precedent/ports';
import { isForWebhook } from './conditions.ts';
import { payloadIn } from './delivery-task.ts';
import type { DeliveryPayload } from './delivery-task.ts';
import { eventMessage } from './message.ts';
import type { WebhookPrincipals } from './principals.ts';
import { callReceiver } from './receiver.ts';
import type { Answer, ReceiverOptions } from './receiver.ts';
import { openedSecrets } from './secrets.ts';
import { Turns } from './turns.ts';

export interface DelivererOptions extends ReceiverOptions {
  readonly store: WebhookStore;
  readonly calls: OperationCalls;
  readonly principals: WebhookPrincipals;
  readonly seal: TextSeal;
  readonly cell: string;
}

/** Calls to one receiver at the same time, from one gateway. */
const CALLS_MAX = 10;
const ANSWER_MS = 10_000;
/** The receiver wants no more. */
const GONE = 410;

/** What a delivery results in. */
export type Delivered = Omit<Answer, 'retryAfterMs'>;

export type Deliver = (
  job: Pick<Job, 'namespace' | 'task'>,
  context: { readonly signal: AbortSignal },
) => Promise<Delivered>;

/**
 * One attempt of a delivery. Rejects with HTTP_FAILED where the receiver did not take the event; it is tried again, unless the error says
 * `retryable: false`. A receiver that answers 410 disables its webhook.
 */
export const deliverer = (options: DelivererOptions): Deliver => {
  const turns = new Turns(CALLS_MAX);
  return async ({ namespace, task }, { signal }) => {
    const payload = payloadIn(task.payload);
    return turns.run(payload.webhook, async () => {
      signal.throwIfAborted();
      const webhook = await webhookOf(options, payload, namespace);
      const event = await eventOf(options, webhook, payload);
      const secrets = openedSecrets(options.seal, webhook, options.now());
      const message = eventMessage(webhook.id, options.cell, event);
      const answer = await callReceiver({ url: webhook.url, secrets }, message, options, signal);
      return accepted(options.store, webhook, answer);
    });
  };
};

/** What no repetition can mend. */
const final = (code: ErrorCode, message: string, extras?: ProblemExtras): AppError =>
  Object.assign(new AppError(code, message, extras), { retryable: false });

const webhookOf = async (
  { store }: DelivererOptions,
  { webhook: id }: DeliveryPayload,
  namespace: string,
): Promise<StoredWebhook> => {
  const webhook = await store.get(id);
  if (webhook?.namespace !== namespace) throw final('WEBHOOK_NOT_FOUND', `there is no webhook ${id}`);
  if (!webhook.enabled) throw final('INVALID_REQUEST', `the webhook ${id} is disabled`);
  return webhook;
};

/** As its principal may read it now. */
const eventOf = async (
  { calls, principals }: DelivererOptions,
  webhook: StoredWebhook,
  { sequence, task }: DeliveryPayload,
): Promise<JournalledEvent> => {
  const event = await readEvent(calls, { caller: callerOf(principals, webhook), webhook, sequence, task });
  if (event !== undefined && isForWebhook(webhook, event)) return event;
  throw final(
    'TASK_NOT_FOUND',
    `the event ${sequence} of ${task} is not there for the webhook: it was deleted or forgotten, or the webhook does not have it any more`,
  );
};

const callerOf = (principals: WebhookPrincipals, webhook: StoredWebhook) => {
  try {
    return principals.callerOf(webhook);
  } catch (error) {
    throw Object.assign(error as Error, { retryable: false });
  }
};

export interface EventPlace {
  readonly caller: ReturnType<WebhookPrincipals['callerOf']>;
  readonly webhook: Pick<StoredWebhook, 'namespace'>;
  readonly sequence: string;
  readonly task: string;
}

/** An event of the history; `undefined` where it is not there for the caller. Rejects HISTORY_UNAVAILABLE while the history has not come so far. */
export const readEvent = async (
  calls: OperationCalls,
  { caller, webhook, sequence, task }: EventPlace,
): Promise<JournalledEvent | undefined> => {
  const request = { namespace: webhook.namespace, task, after: placeBefore(sequence), limit: 1 };
  const call = { group: 'history', verb: 'feed', request, caller, timeoutMs: ANSWER_MS };
  const { events, last, freshness } = (await calls.call(call)) as HistoryFeedReply;
  const [event] = events;
  if (event?.sequence === sequence) return event;
  if (last < sequence || freshness.rebuilding)
    throw new AppError('HISTORY_UNAVAILABLE', `the history has not come to ${sequence} yet`);
  return undefined;
};

/** No record of an entry has a higher index. */
const INDEX_MAX = 65_535;

const placeBefore = (sequence: string): string => {
  const place = placeIn(sequence);
  if (place === undefined) throw final('INVALID_TASK', `payload: ${sequence} is no sequence of an event`);
  const { entry, index } = place;
  return index > 0 ? sequenceText(entry, index - 1) : sequenceText(Math.max(0, entry - 1), INDEX_MAX);
};

const accepted = async (store: WebhookStore, webhook: StoredWebhook, answer: Answer): Promise<Delivered> => {
  const { retryAfterMs, ...delivered } = answer;
  const { status } = answer;
  if (status >= 200 && status < 300) return delivered;
  const fact = `${new URL(webhook.url).origin} answered ${status}`;
  if (status === GONE) {
    await disable(store, webhook);
    throw final('HTTP_FAILED', `${fact}: the webhook is disabled`, { details: delivered });
  }
  const why = status >= 300 && status < 400 ? `${fact}; redirects are not followed` : fact;
  throw new AppError('HTTP_FAILED', why, {
    details: delivered,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
};

/** Unless it was given another URL meanwhile. */
const disable = async (store: WebhookStore, { id, url }: StoredWebhook): Promise<void> => {
  await store.change(id, (stored) =>
    stored === undefined || stored.url !== url
      ? stored
      : { ...stored, enabled: false, disabledBecause: `its receiver answered ${GONE}` },
  );
};
