import { describe, expect, it } from 'vitest';
import { virtualClock } from './virtual-clock.ts';

const setup = () => {
  const clock = virtualClock(1_000);
  const seen: string[] = [];
  const note = (text: string) => () => void seen.push(`${text}@${clock.now()}`);
  return { clock, seen, note };
};

describe('the virtual clock', () => {
  it('runs timers in the order of their time, and ties in the order planned', async () => {
    const { clock, seen, note } = setup();
    clock.wakeAt(1_020, note('late'));
    clock.wakeAt(1_010, note('first'));
    clock.wakeAt(1_010, note('second'));
    clock.wakeAt(900, note('past'));
    await clock.advanceTo(1_015);
    expect(seen).toEqual(['past@1000', 'first@1010', 'second@1010']);
    expect(clock.now()).toBe(1_015);
    expect(clock.nextAt()).toBe(1_020);
  });

  it('runs a deferred turn behind what is already due, and before time moves', async () => {
    const { clock, seen, note } = setup();
    clock.wakeAt(1_000, note('due'));
    clock.defer(note('turn'));
    clock.wakeAt(1_001, note('next'));
    clock.step();
    clock.step();
    expect(seen).toEqual(['due@1000', 'turn@1000']);
  });

  it('does not run what was taken back', async () => {
    const { clock, seen, note } = setup();
    const takeBack = clock.wakeAt(1_010, note('no'));
    clock.wakeAt(1_010, note('yes'));
    takeBack();
    await clock.advanceTo(2_000);
    expect(seen).toEqual(['yes@1010']);
  });

  it('lets promises run between two events', async () => {
    const { clock, seen, note } = setup();
    clock.wakeAt(1_010, () => void Promise.resolve().then(note('promise')));
    clock.wakeAt(1_020, note('timer'));
    await clock.runUntil(() => seen.length === 2);
    expect(seen).toEqual(['promise@1010', 'timer@1020']);
  });

  it('keeps the order of many timers, whatever the order they were planned in', async () => {
    const { clock } = setup();
    const seen: number[] = [];
    for (let i = 0; i < 500; i++)
      clock.wakeAt(1_000 + ((i * 7_919) % 500), () => void seen.push(clock.now()));
    await clock.advanceTo(2_000);
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => 1_000 + i));
  });

  it('keeps the order of planning also among many that fall on one moment', async () => {
    const { clock } = setup();
    const seen: number[] = [];
    const planned = Array.from({ length: 300 }, (_, i) => i);
    for (const i of planned) clock.wakeAt(1_000 + (i % 3), () => void seen.push(i));
    await clock.advanceTo(2_000);
    expect(seen).toEqual([0, 1, 2].flatMap((rest) => planned.filter((i) => i % 3 === rest)));
  });

  it('says so when the limit passes, or when nothing can happen any more', async () => {
    const { clock } = setup();
    await expect(clock.runUntil(() => false)).rejects.toThrow('nothing is planned');
    const again = (): void => void clock.wakeAt(clock.now() + 100, again);
    again();
    await expect(clock.runUntil(() => false, 10_000)).rejects.toThrow('10000 ms did not fulfil');
  });
});
