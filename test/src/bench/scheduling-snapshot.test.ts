import { DEFAULT_POLICY, decide, takes } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { snapshotOf } from './scheduling-snapshot.ts';

const SIZE = { seed: 1, workers: 100, slots: 10, waiting: 10_000, heads: 4 };

describe('the snapshot of a large cell', () => {
  it('has a task in every slot, and the first few tasks of every queue', () => {
    const { workers, waiting } = snapshotOf(SIZE);
    expect(workers.map(({ running }) => running.length)).toEqual(Array.from({ length: 100 }, () => 10));
    const queues = Map.groupBy(waiting, ({ queue }) => queue);
    // Twenty queue classes of three bands, and one critical task.
    expect([...queues.values()].map((queue) => queue.length)).toEqual([
      ...Array.from({ length: 60 }, () => 4),
      1,
    ]);
  });

  it('holds all waiting tasks when the limit of heads is as high as their number', () => {
    expect(snapshotOf({ ...SIZE, heads: SIZE.waiting }).waiting.length).toBe(SIZE.waiting + 1);
  });

  it('is the same for the same seed, and differs for another seed', () => {
    expect(snapshotOf(SIZE)).toEqual(snapshotOf(SIZE));
    expect(snapshotOf({ ...SIZE, seed: 2 })).not.toEqual(snapshotOf(SIZE));
  });

  it('has distinct ids for all tasks, and counts the running tasks of each pool', () => {
    const { workers, waiting, pools, reservations } = snapshotOf(SIZE);
    const running = workers.flatMap((worker) => worker.running);
    const ids = [...running, ...waiting].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const counted = pools.flatMap((pool) => [...pool.running, pool.leaving]);
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(running.length);
    expect(reservations.every(({ task }) => waiting.some(({ id }) => id === task))).toBe(true);
  });

  it('makes the rule preempt a task for the critical one', () => {
    const seeds = Array.from({ length: 10 }, (_, seed) => seed);
    const taken = seeds.filter((seed) =>
      decide(snapshotOf({ ...SIZE, seed }), DEFAULT_POLICY).some(
        (decision) => decision.preemptor.base === 3 && takes(decision),
      ),
    );
    expect(taken).toEqual(seeds);
  });
});
