import { describe, expect, it } from 'vitest';
import { interruptionsOf } from './interruptions.ts';
import { many } from './past.arbitraries.ts';

const SECOND = 1_000;
const losses = (n: number, ms: number): readonly number[] => Array.from({ length: n }, () => ms);

describe('advice about preemption', () => {
  const runs = many(10, () => ({ durationMs: 80 * SECOND }));

  it('is to write checkpoints, where none is written and much is lost', () => {
    expect(interruptionsOf(runs, losses(5, 40 * SECOND))).toMatchObject({
      advice: 'write_checkpoints',
      preemptions: 5,
      lostMs: 200 * SECOND,
      lostShare: 0.2,
      support: 10,
    });
  });

  it('is to write more of them, where the time between is long', () => {
    const kept = many(10, () => ({ durationMs: 80 * SECOND, checkpoints: 1 }));
    expect(interruptionsOf(kept, losses(5, 40 * SECOND))).toMatchObject({
      advice: 'write_more_checkpoints',
      checkpointGapMs: 40 * SECOND,
    });
  });

  it('is not given where little is lost, or few were preempted', () => {
    expect(interruptionsOf(runs, losses(5, 4 * SECOND))).toBeUndefined();
    expect(interruptionsOf(runs, losses(4, 400 * SECOND))).toBeUndefined();
    expect(interruptionsOf([], [])).toBeUndefined();
  });
});
