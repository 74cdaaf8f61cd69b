import { describe, expect, it } from 'vitest';
import type { CheckpointHabit } from './scenario.ts';
import { SimAttempt } from './sim-attempt.ts';
import { simulationClock } from './virtual-clock.ts';

const HABIT: CheckpointHabit = { everyMs: 100, saveMs: 10, restoreMs: 20 };

const setup = ({
  workMs = 250,
  resumedMs = 0,
  failsAtMs = Number.POSITIVE_INFINITY,
  checkpoint = true,
} = {}) => {
  const clock = simulationClock(0);
  const seen: string[] = [];
  const plan = {
    id: 't',
    atMs: 0,
    task: {},
    workMs,
    stopMs: 30,
    ...(checkpoint && { checkpoint: HABIT }),
  };
  const attempt = new SimAttempt({
    plan,
    resumedMs,
    failsAtMs,
    clock,
    saveCheckpoint: (doneMs, onSaved) => {
      seen.push(`saved ${doneMs}@${clock.now()}`);
      onSaved();
    },
    ended: (end) => void seen.push(`${end}@${clock.now()}`),
  });
  const run = (to: number): Promise<void> => clock.runTo(to, () => false);
  return { attempt, seen, run };
};

describe('a simulated attempt', () => {
  it('takes time for its work and for every checkpoint', async () => {
    const { seen, run } = setup();
    await run(1_000);
    expect(seen).toEqual(['saved 100@110', 'saved 200@220', 'completed@270']);
  });

  it('resumes from a checkpoint after the time to restore it', async () => {
    const { seen, run } = setup({ resumedMs: 200 });
    await run(1_000);
    expect(seen).toEqual(['completed@70']);
  });

  it('leaves at its next checkpoint after a yield signal', async () => {
    const { attempt, seen, run } = setup();
    await run(30);
    attempt.yield();
    await run(1_000);
    expect(seen).toEqual(['saved 100@110', 'yielded@110']);
    expect(attempt.unsavedMs).toBe(0);
  });

  it('ignores a yield signal when it makes no checkpoints', async () => {
    const { attempt, seen, run } = setup({ checkpoint: false });
    attempt.yield();
    await run(1_000);
    expect(seen).toEqual(['completed@250']);
  });

  it('loses the work since its last checkpoint when it is stopped', async () => {
    const { attempt, seen, run } = setup();
    await run(150);
    attempt.stop(1_000);
    attempt.stop(1_000);
    await run(1_000);
    expect(seen).toEqual(['saved 100@110', 'stopped@180']);
    expect([attempt.doneMs, attempt.unsavedMs]).toEqual([140, 40]);
  });

  it('is ended by force when the grace is over', async () => {
    const { attempt, seen, run } = setup();
    attempt.stop(5);
    await run(1_000);
    expect(seen).toEqual(['stopped@5']);
  });

  it('writes no checkpoint once it is being stopped', async () => {
    const { attempt, seen, run } = setup();
    await run(105);
    attempt.stop(1_000);
    await run(1_000);
    expect(seen).toEqual(['stopped@135']);
    expect(attempt.unsavedMs).toBe(100);
  });

  it('fails at the drawn amount of work', async () => {
    const { seen, run } = setup({ failsAtMs: 130 });
    await run(1_000);
    expect(seen).toEqual(['saved 100@110', 'failed@140']);
  });

  it('makes no progress and holds no slot while it is suspended', async () => {
    const { attempt, seen, run } = setup();
    await run(50);
    attempt.suspend();
    await run(500);
    expect([attempt.isSuspended, attempt.doneMs, attempt.slotMs]).toEqual([true, 50, 50]);
    attempt.resume();
    await run(2_000);
    expect(seen).toEqual(['saved 100@560', 'saved 200@670', 'completed@720']);
  });

  it('completes its checkpoint after it was suspended while it made one', async () => {
    const { attempt, seen, run } = setup();
    await run(105);
    attempt.suspend();
    attempt.suspend();
    await run(205);
    attempt.resume();
    await run(2_000);
    expect(seen).toEqual(['saved 100@210', 'saved 200@320', 'completed@370']);
  });

  it('is resumed when it is stopped while it is suspended', async () => {
    const { attempt, seen, run } = setup();
    await run(50);
    attempt.suspend();
    await run(500);
    attempt.stop(1_000);
    await run(2_000);
    expect(seen).toEqual(['stopped@530']);
    expect(attempt.doneMs).toBe(50);
  });

  it('reports nothing after its worker has died', async () => {
    const { attempt, seen, run } = setup();
    await run(50);
    attempt.halt();
    await run(1_000);
    expect([seen, attempt.doneMs]).toEqual([[], 50]);
  });
});
