import { FairClock } from './fair-clock.ts';
import type { StartGate } from './gate.ts';
import { QueueClass } from './queue-class.ts';
import type { Queued } from './run-queue.ts';

/** Of tasks that are under no limit. */
export const openGate = <T extends Queued>(): StartGate<T> => ({
  isOpen: true,
  check: () => 'open',
  room: () => Number.POSITIVE_INFINITY,
  take: () => undefined,
  changed: () => undefined,
});

/** A queue class in which every task waits. */
export const aQueueClass = <T extends Queued>(key = 'k', clock = new FairClock()): QueueClass<T> =>
  new QueueClass<T>(
    key,
    { type: 't', pool: 'p', resources: {} },
    { clock, waits: () => true, costOf: () => 1 },
  );

export interface PutAt {
  readonly rank?: number;
  readonly flow?: string;
  readonly clock: FairClock;
}

const gates = new WeakMap<object, unknown>();

/** Puts a task of a flow, which is under no limit, into a queue class. */
export const put = <T extends Queued>(
  queueClass: QueueClass<T>,
  task: T,
  { rank = 1, flow = 'p', clock }: PutAt,
): void => {
  const gate = (gates.get(queueClass) ?? openGate<T>()) as StartGate<T>;
  gates.set(queueClass, gate);
  queueClass.queues[rank]?.queue(clock.flow(flow), gate).push(task);
};
