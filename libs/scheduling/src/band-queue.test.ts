import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairClock } from './fair-clock.ts';
import { FairOrder } from './fair-order.ts';
import type { StartGate, WaitingQueue } from './gate.ts';
import { aQueueClass, openGate, put } from './queue-class.arbitraries.ts';
import { QueueClass } from './queue-class.ts';
import { decideStarts } from './dispatch.ts';

interface Task {
  readonly order: number;
  readonly submittedAt: number;
  readonly flow: string;
  readonly cost: number;
}

const RANK = 1;

const aTask = (order: number, flow = 'p', cost = 1): Task => ({ order, submittedAt: 0, flow, cost });

/** A gate that lets so many tasks start until some are given back. */
class Slots implements StartGate<Task> {
  readonly isOpen = false;
  free: number;
  checks = 0;
  readonly #blocked: FairOrder<WaitingQueue<Task>>;

  constructor(free: number, clock: FairClock) {
    this.free = free;
    this.#blocked = new FairOrder(clock, RANK);
  }

  check: StartGate<Task>['check'] = (queue) => {
    this.checks++;
    if (this.free > 0) return 'open';
    this.#blocked.add(queue);
    return 'blocked';
  };

  room(): number {
    return this.free;
  }

  take(): void {
    this.free--;
  }

  changed(): void {}

  giveBack(): void {
    this.free++;
    this.#blocked.first()?.reopen();
  }
}

const setup = () => {
  const clock = new FairClock();
  const rules = { clock, waits: () => true, costOf: ({ cost }: Task) => cost };
  const queueClass = new QueueClass<Task>('k', { type: 't', pool: 'p', resources: {} }, rules);
  const queue = queueClass.queueAt(RANK);
  const open = openGate<Task>();
  const add = (task: Task, gate: StartGate<Task> = open): void =>
    queue.queue(clock.flow(task.flow), gate).push(task);
  return { clock, queue, add };
};

describe('the queue of a band', () => {
  it('takes tasks out of the order while their gate is closed, and keeps them counted', () => {
    const { clock, queue, add } = setup();
    const gate = new Slots(1, clock);
    for (const order of [0, 1, 2]) add(aTask(order), gate);
    add(aTask(3));
    expect([queue.pop()?.order, queue.pop()?.order, queue.pop()?.order]).toEqual([0, 3, undefined]);
    expect(queue.size).toBe(2);
    gate.giveBack();
    expect(queue.peek()?.order).toBe(1);
  });

  it('checks a closed gate once, however many tasks are behind it', () => {
    const { clock, queue, add } = setup();
    const gate = new Slots(0, clock);
    for (let order = 0; order < 1_000; order++) add(aTask(order), gate);
    for (let times = 0; times < 100; times++) expect(queue.peek()).toBeUndefined();
    expect(gate.checks).toBe(1);
  });

  it('gives a task that comes back its place before those that were submitted later', () => {
    const { clock, queue, add } = setup();
    const [one, other] = [new Slots(9, clock), new Slots(9, clock)];
    for (const order of [1, 3]) add(aTask(order), one);
    add(aTask(2), other);
    add(aTask(0), other);
    expect([0, 1, 2, 3].map(() => queue.pop()?.order)).toEqual([0, 1, 2, 3]);
  });

  it('lists no more tasks than their gate lets start', () => {
    const { clock, queue, add } = setup();
    const gate = new Slots(2, clock);
    for (const order of [0, 1, 2]) add(aTask(order), gate);
    add(aTask(3));
    expect([...queue.waiting(9)].map(({ order }) => order).toSorted((a, b) => a - b)).toEqual([0, 1, 3]);
  });
});

describe('fair share', () => {
  it('leaves the order of submission to tasks of one flow', () => {
    const { queue, add } = setup();
    for (const order of [0, 1, 2]) add(aTask(order, 'p', 5));
    expect([0, 1, 2].map(() => queue.pop()?.order)).toEqual([0, 1, 2]);
  });

  it('lets a flow that comes late start next, and not make up for the time before', () => {
    const { queue, add } = setup();
    for (let order = 0; order < 10; order++) add(aTask(order, 'flood'));
    for (let times = 0; times < 4; times++) queue.pop();
    for (let order = 10; order < 14; order++) add(aTask(order, 'late'));
    const started = Array.from({ length: 6 }, () => queue.pop()?.flow);
    expect(started.filter((flow) => flow === 'late')).toHaveLength(3);
  });

  it('gives flows that always have waiting tasks shares by their weights, within the bound of start-time fair queueing', () => {
    const flow = fc.record({
      weight: fc.integer({ min: 1, max: 8 }),
      costs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 60, maxLength: 60 }),
    });
    fc.assert(
      fc.property(
        fc.array(flow, { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        (flows, gates) => {
          const { clock, queue, add } = setup();
          const open = Array.from({ length: gates }, () => new Slots(1_000, clock));
          for (const [index, { weight, costs }] of flows.entries()) {
            clock.setWeight(`f${index}`, weight);
            for (const [at, cost] of costs.entries())
              add(aTask(index * 100 + at, `f${index}`, cost), open[at % gates]);
          }
          const served = flows.map(() => 0);
          const left = flows.map(({ costs }) => costs.length);
          while (left.every((count) => count > 0)) {
            const task = queue.pop();
            const index = Number(task?.flow.slice(1));
            served[index] = (served[index] ?? 0) + (task?.cost ?? 0) / (flows[index]?.weight ?? 1);
            left[index] = (left[index] ?? 0) - 1;
            const most = flows.map(({ weight, costs }) => Math.max(...costs) / weight);
            for (const [a] of flows.entries())
              for (const [b] of flows.entries())
                expect(Math.abs((served[a] ?? 0) - (served[b] ?? 0))).toBeLessThanOrEqual(
                  (most[a] ?? 0) + (most[b] ?? 0) + 1e-9,
                );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shares slots among flows whose tasks are of different queue classes', () => {
    const clock = new FairClock();
    const classes = ['a', 'b'].map((key) => aQueueClass<Task>(key, clock));
    const [a, b] = classes;
    if (a === undefined || b === undefined) throw new Error('two classes');
    for (let order = 0; order < 20; order++) put(a, aTask(order, 'flood'), { flow: 'flood', clock });
    for (let order = 20; order < 30; order++) put(b, aTask(order, 'other'), { flow: 'other', clock });
    const eligible = () => [{ session: 's', free: 10 }];
    const input = { queueClasses: classes, eligible, aging: [0, 0, 0, 0] as const, now: 0, limit: 10 };
    const others = decideStarts<Task>(input).filter(({ task }) => task.flow === 'other');
    expect(others).toHaveLength(5);
  });
});
