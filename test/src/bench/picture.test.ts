import { DEFAULT_POLICY, decide, takes } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { pictureOf } from './picture.ts';

const TERMS = { seed: 1, workers: 100, slots: 10, waiting: 10_000, heads: 4 };

describe('the picture of a large cell', () => {
  it('has a task in every slot, and of every queue the first few', () => {
    const { workers, waiting } = pictureOf(TERMS);
    expect(workers.map(({ running }) => running.length)).toEqual(Array.from({ length: 100 }, () => 10));
    const queues = Map.groupBy(waiting, ({ queue }) => queue);
    // Twenty lanes of three bands, and one critical task.
    expect([...queues.values()].map((queue) => queue.length)).toEqual([
      ...Array.from({ length: 60 }, () => 4),
      1,
    ]);
  });

  it('shows all that wait when it is told to', () => {
    expect(pictureOf({ ...TERMS, heads: TERMS.waiting }).waiting.length).toBe(TERMS.waiting + 1);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(pictureOf(TERMS)).toEqual(pictureOf(TERMS));
    expect(pictureOf({ ...TERMS, seed: 2 })).not.toEqual(pictureOf(TERMS));
  });

  it('has ids of its own for every task, and counts what runs', () => {
    const { workers, waiting, pools, reservations } = pictureOf(TERMS);
    const running = workers.flatMap((worker) => worker.running);
    const ids = [...running, ...waiting].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const counted = pools.flatMap((pool) => [...pool.running, pool.leaving]);
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(running.length);
    expect(reservations.every(({ task }) => waiting.some(({ id }) => id === task))).toBe(true);
  });

  it('makes the rule take a place for the critical task', () => {
    const seeds = Array.from({ length: 10 }, (_, seed) => seed);
    const taken = seeds.filter((seed) =>
      decide(pictureOf({ ...TERMS, seed }), DEFAULT_POLICY).some(
        (decision) => decision.preemptor.base === 3 && takes(decision),
      ),
    );
    expect(taken).toEqual(seeds);
  });
});
