import { formatIn } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { closedFor } from '@precedent/orchestration';
import type { WaitingQueue } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import { gateOf } from '../dispatch/queue-classes.ts';
import type { LimitKey } from './limit-key.ts';

const HOLDERS_NAMED = 5;

/** The limit that keeps a queued task from starting, in words; `undefined`: none does. */
export const limitWait = (row: TaskRow, now: EpochMs): string | undefined => {
  const key = closedKeyOf(row);
  return key && `${nameOf(key)} ${causeOf(key, now)}`;
};

/** How many tasks of the key are before it. */
export const limitPlace = (row: TaskRow): string | undefined => {
  const key = closedKeyOf(row);
  if (key === undefined) return undefined;
  const queues = [...key.gates].flatMap((gate) => [...gate.queues]);
  const before = queues.reduce((sum, queue) => sum + beforeIn(queue, row), 0);
  if (before === 0) return 'it was submitted before the others that wait under this key';
  return `${before} of those that wait under this key were submitted before it`;
};

const closedKeyOf = (row: TaskRow): LimitKey | undefined => {
  const gate = gateOf(row);
  return row.state !== 'queued' || gate === undefined || gate.isStale ? undefined : gate.closedFor(row);
};

const beforeIn = (queue: WaitingQueue<TaskRow>, { order }: TaskRow): number =>
  [...queue.waiting(queue.size)].filter((other) => other.order < order).length;

const nameOf = ({ limit, key }: LimitKey): string =>
  key === '' ? `limit ${limit.name}` : `limit ${limit.name} (key ${key})`;

const causeOf = (key: LimitKey, now: EpochMs): string => {
  const closed = closedFor(key, now);
  const waiting = `${key.waiting} ${key.waiting === 1 ? 'task waits' : 'tasks wait'}`;
  if (closed?.reason === 'rate')
    return `lets the next task start ${formatIn(closed.until - now)} by its rate; ${waiting}`;
  const { concurrency = 0 } = key.spec;
  return `is full: ${key.held} of ${concurrency} run${holdersText(key)}; ${waiting}`;
};

const holdersText = ({ holders }: LimitKey): string => {
  const tasks = [...holders.values()];
  if (tasks.length === 0) return '';
  const more = tasks.length > HOLDERS_NAMED ? ` and ${tasks.length - HOLDERS_NAMED} more` : '';
  return ` (${tasks.slice(0, HOLDERS_NAMED).join(', ')}${more})`;
};
