import { describe, expect, it } from 'vitest';
import { interruptionsOf } from './suggestions.ts';
import { many } from './past.arbitraries.ts';

const SECOND = 1_000;
const losses = (n: number, ms: number): readonly number[] => Array.from({ length: n }, () => ms);

describe('interruptionsOf', () => {
  const runs = many(10, () => ({ durationMs: 80 * SECOND }));

  it('advises to write checkpoints when much work is lost without any', () => {
    expect(interruptionsOf(runs, losses(5, 40 * SECOND))).toMatchObject({
      advice: 'write_checkpoints',
      preemptions: 5,
      lostMs: 200 * SECOND,
      lostShare: 0.2,
      support: 10,
    });
  });

  it('advises to write more checkpoints when the time between them is long', () => {
    const attempts = many(10, () => ({ durationMs: 80 * SECOND, checkpoints: 1 }));
    expect(interruptionsOf(attempts, losses(5, 40 * SECOND))).toMatchObject({
      advice: 'write_more_checkpoints',
      checkpointGapMs: 40 * SECOND,
    });
  });

  it('returns nothing when little work is lost, or few attempts were preempted', () => {
    expect(interruptionsOf(runs, losses(5, 4 * SECOND))).toBeUndefined();
    expect(interruptionsOf(runs, losses(4, 400 * SECOND))).toBeUndefined();
    expect(interruptionsOf([], [])).toBeUndefined();
  });
});
