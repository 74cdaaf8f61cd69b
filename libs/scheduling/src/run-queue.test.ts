import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunQueue } from './run-queue.ts';

interface Task {
  readonly order: number;
  readonly submittedAt: number;
  waits: boolean;
}

const aTask = (order: number): Task => ({ order, submittedAt: order, waits: true });

const aQueue = (tasks: readonly Task[] = []): RunQueue<Task> => {
  const queue = new RunQueue<Task>(({ waits }) => waits);
  for (const task of tasks) queue.push(task);
  return queue;
};

const drained = (queue: RunQueue<Task>): number[] => {
  const orders: number[] = [];
  for (let task = queue.pop(); task !== undefined; task = queue.pop()) orders.push(task.order);
  return orders;
};

/** The queue next to a sorted array that does the same in the plainest way. */
class Twins {
  readonly queue = aQueue();
  readonly waiting: Task[] = [];
  readonly popped: Task[] = [];
  #next = 0;

  arrive(count: number): void {
    for (let i = 0; i < count; i++) this.#push(aTask(this.#next++));
    this.#sort();
  }

  pop(count: number): void {
    for (let i = 0; i < count; i++) {
      const task = this.queue.pop();
      expect(task).toBe(this.waiting.shift());
      if (task) this.popped.push(task);
    }
  }

  /** One that was popped comes back to its old place. */
  comeBack(count: number, pick: number): void {
    for (let i = 0; i < count && this.popped.length > 0; i++) {
      const [task] = this.popped.splice(pick % this.popped.length, 1);
      if (task) this.#push(task);
    }
    this.#sort();
  }

  leave(count: number, pick: number): void {
    for (let i = 0; i < count && this.waiting.length > 0; i++) {
      const [task] = this.waiting.splice(pick % this.waiting.length, 1);
      if (task === undefined) return;
      task.waits = false;
      this.queue.left();
    }
  }

  check(): void {
    expect(this.queue.size).toBe(this.waiting.length);
    expect(this.queue.peek()).toBe(this.waiting[0]);
    const listed = [...this.queue.waiting(Number.POSITIVE_INFINITY)].map(({ order }) => order);
    expect(listed.toSorted((a, b) => a - b)).toEqual(this.waiting.map(({ order }) => order));
  }

  #push(task: Task): void {
    this.queue.push(task);
    this.waiting.push(task);
  }

  #sort(): void {
    this.waiting.sort((a, b) => a.order - b.order);
  }
}

const kind = fc.constantFrom('arrive', 'pop', 'comeBack', 'leave');

describe('the run queue', () => {
  it('equals a sorted array under any mix of arrivals, pops, returns and leaves', () => {
    const step = fc.tuple(kind, fc.integer({ min: 1, max: 4 }), fc.nat(20));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const twins = new Twins();
        for (const [what, count, pick] of steps) {
          twins[what as 'comeBack'](count, pick);
          twins.check();
        }
        twins.pop(twins.waiting.length + 1);
      }),
    );
  });

  it('stays equal when thousands come and go, so that it compacts itself on the way', () => {
    const step = fc.tuple(kind, fc.integer({ min: 300, max: 1_500 }), fc.nat(5_000));
    fc.assert(
      fc.property(fc.array(step, { minLength: 4, maxLength: 12 }), (steps) => {
        const twins = new Twins();
        twins.arrive(3_000);
        for (const [what, count, pick] of steps) twins[what as 'comeBack'](count, pick);
        twins.check();
        twins.pop(twins.waiting.length + 1);
      }),
      { numRuns: 30 },
    );
  });

  it('gives first in, first out', () => {
    expect(drained(aQueue([0, 1, 2, 3].map(aTask)))).toEqual([0, 1, 2, 3]);
  });

  it('brings one that comes back to its old place, before those that came later', () => {
    const queue = aQueue([0, 1, 2].map(aTask));
    const first = queue.pop();
    if (first) queue.push(first);
    expect(drained(queue)).toEqual([0, 1, 2]);
  });

  it('never gives one that has left, and does not count it', () => {
    const tasks = [0, 1, 2, 3].map(aTask);
    const queue = aQueue(tasks);
    for (const task of tasks.filter(({ order }) => order % 2 === 0)) {
      task.waits = false;
      queue.left();
    }
    expect(queue.size).toBe(2);
    expect(drained(queue)).toEqual([1, 3]);
  });

  it('is empty again when thousands have come and left, though nothing was popped', () => {
    const queue = aQueue();
    for (let order = 0; order < 10_000; order++) {
      const task = aTask(order);
      queue.push(task);
      task.waits = false;
      queue.left();
    }
    expect([queue.size, queue.peek(), [...queue.waiting(5)]]).toEqual([0, undefined, []]);
  });

  it('names the first ones that wait, up to a limit', () => {
    const queue = aQueue([0, 1, 2, 3].map(aTask));
    expect([...queue.waiting(2)].map(({ order }) => order)).toEqual([0, 1]);
    expect([...queue.waiting(0)]).toEqual([]);
  });
});

describe('a task that leaves from the middle and comes back', () => {
  it('is there once, in its old place', () => {
    const tasks = [0, 1, 2].map(aTask);
    const queue = aQueue(tasks);
    const middle = tasks[1] as Task;
    middle.waits = false;
    queue.left();
    middle.waits = true;
    queue.push(middle);
    expect(queue.size).toBe(3);
    expect(drained(queue)).toEqual([0, 1, 2]);
  });

  it('is there once when it had come back before', () => {
    const tasks = [0, 1, 2, 3].map(aTask);
    const queue = aQueue(tasks);
    const [first, second] = [queue.pop(), queue.pop()] as [Task, Task];
    queue.push(first);
    queue.push(second);
    second.waits = false;
    queue.left();
    second.waits = true;
    queue.push(second);
    expect(queue.size).toBe(4);
    expect(drained(queue)).toEqual([0, 1, 2, 3]);
  });
});
