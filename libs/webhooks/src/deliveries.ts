import type {
  DeliveriesReply,
  DeliveriesRequest,
  DeliveryView,
  HistoryListReply,
  HistoryListRequest,
  HistoryTaskView,
  RedeliverReply,
  RedeliverRequest,
  TaskState,
} from '@precedent/contract-types';
import { DELIVERY_TYPE, WEBHOOK_LABEL } from '@precedent/contract-types';
import { AppError, defined } from '@precedent/kernel';
import type { CallingPrincipal, OperationCalls, StoredWebhook } from '@precedent/ports';
import { readEvent } from './delivery.ts';
import { deliveryTask } from './delivery-task.ts';
import type { DeliveryTask } from './delivery-task.ts';
import { submitTasks } from './follow-webhook.ts';
import { messageIdOf } from './message.ts';

const ANSWER_MS = 10_000;
/** Deliveries that one request repeats, at most. */
const REDELIVERED_MAX = 100;

interface Parts {
  readonly calls: OperationCalls;
  readonly webhook: StoredWebhook;
  /** Who requests it: deliveries that it may not see are left out. */
  readonly caller: CallingPrincipal | undefined;
}

interface RedeliveryParts extends Parts {
  /** The principal of the webhook, for which events are read. */
  readonly reader: CallingPrincipal | undefined;
  readonly newId: () => string;
}

/** The deliveries of a webhook, which are tasks of the history. */
export const listDeliveries = async (
  parts: Parts,
  { state, since, limit, cursor }: Omit<DeliveriesRequest, 'id'>,
): Promise<DeliveriesReply> => {
  const reply = await deliveryTasks(parts, { state, since, limit, cursor });
  return { deliveries: reply.tasks.map(deliveryView), ...defined({ cursor: reply.cursor }) };
};

const deliveryTasks = async (
  { calls, webhook, caller }: Parts,
  conditions: HistoryListRequest,
): Promise<HistoryListReply> => {
  const request = {
    namespace: webhook.namespace,
    ...defined({ project: webhook.project }),
    type: [DELIVERY_TYPE],
    labels: { [WEBHOOK_LABEL]: webhook.id },
    ...defined(conditions),
  };
  const call = { group: 'history', verb: 'list', request, caller, timeoutMs: ANSWER_MS };
  return (await calls.call(call)) as HistoryListReply;
};

const deliveryView = (task: HistoryTaskView): DeliveryView => {
  const { id, labels = {}, state, attempt, submittedAt, dueAt, settledAt, error } = task;
  const { webhook = '', sequence = '', event, task: about } = labels;
  return {
    id,
    messageId: messageIdOf(webhook, sequence),
    state,
    attempt,
    submittedAt,
    ...defined({ event, task: about, dueAt, settledAt, error }),
  };
};

/** Submits deliveries again, under the ids of their messages, as new tasks. What is not there any more for the webhook is left out. */
export const redeliver = async (
  parts: RedeliveryParts,
  request: Omit<RedeliverRequest, 'id'>,
): Promise<RedeliverReply> => {
  const { tasks, cursor } = await repeated(parts, request);
  const made = await Promise.all(tasks.map((task) => repeatOf(parts, task)));
  const found = made.filter((task) => task !== undefined);
  if (found.length > 0) await submitTasks(parts.calls, found);
  return { deliveries: found.map(({ id }) => id), ...defined({ cursor }) };
};

const FAILED: readonly TaskState[] = ['failed', 'timed_out', 'cancelled'];

const repeated = async (
  parts: RedeliveryParts,
  { delivery, since, cursor }: Omit<RedeliverRequest, 'id'>,
): Promise<Pick<HistoryListReply, 'tasks' | 'cursor'>> => {
  if (delivery === undefined)
    return deliveryTasks(parts, { state: FAILED, since, cursor, limit: REDELIVERED_MAX });
  const reply = await deliveryTasks(parts, { idPrefix: delivery, limit: REDELIVERED_MAX });
  const tasks = reply.tasks.filter(({ id }) => id === delivery);
  if (tasks.length > 0) return { tasks };
  throw new AppError('TASK_NOT_FOUND', `the webhook ${parts.webhook.id} has no delivery ${delivery}`);
};

const repeatOf = async (
  { calls, reader, webhook, newId }: RedeliveryParts,
  { labels = {} }: HistoryTaskView,
): Promise<DeliveryTask | undefined> => {
  const { sequence = '', task = '' } = labels;
  const event = await readEvent(calls, { caller: reader, webhook, sequence, task });
  return event && deliveryTask(webhook, event, newId());
};
