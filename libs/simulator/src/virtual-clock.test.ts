import { describe, expect, it } from 'vitest';
import { simulationClock } from './virtual-clock.ts';

const never = (): boolean => false;

describe('the clock of a simulation', () => {
  it('runs timers in the order of their times, and timers of the same time in the order in which they were set', async () => {
    const clock = simulationClock(1_000);
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(`${name}@${clock.now()}`);
    clock.wakeAt(1_020, note('c'));
    clock.wakeAt(1_010, note('a'));
    clock.wakeAt(1_010, note('b'));
    await clock.runTo(1_015, never);
    expect([seen, clock.now()]).toEqual([['a@1010', 'b@1010'], 1_015]);
    await clock.runTo(1_020, never);
    expect(seen.at(-1)).toBe('c@1020');
  });

  it('runs no timer that was cancelled', async () => {
    const clock = simulationClock(0);
    let runs = 0;
    const disarm = clock.wakeAt(5, () => void runs++);
    disarm();
    await clock.runTo(10, never);
    expect(runs).toBe(0);
  });

  it('runs a deferred turn after all timers of the same time, and then the timers that the turn sets for that time', async () => {
    const clock = simulationClock(0);
    const seen: string[] = [];
    clock.wakeAt(5, () => {
      clock.defer(() => {
        seen.push('turn');
        clock.wakeAt(5, () => void seen.push('late'));
      });
      seen.push('first');
    });
    clock.wakeAt(5, () => void seen.push('second'));
    clock.wakeAt(6, () => void seen.push('next'));
    await clock.runTo(6, never);
    expect(seen).toEqual(['first', 'second', 'turn', 'late', 'next']);
  });

  it('does not advance while a promise is pending', async () => {
    const clock = simulationClock(0);
    let pending = 0;
    const seen: number[] = [];
    clock.wakeAt(5, () => {
      pending++;
      void Promise.resolve()
        .then(() => undefined)
        .then(() => {
          pending--;
          seen.push(clock.now());
        });
    });
    clock.wakeAt(6, () => void seen.push(clock.now()));
    await clock.runTo(10, () => pending > 0);
    expect(seen).toEqual([5, 6]);
  });
});
