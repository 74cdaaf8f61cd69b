import { describe, expect, it, vi } from 'vitest';
import { Timeline } from '@precedent/kernel';
import type { IndexState, IndexStep } from '@precedent/ports';
import { BufferedIndexState } from './buffered-index-state.ts';

const SUCCESS = { task: 'a', at: 1, count: 1, since: 1, isPinned: false };

const setup = () => {
  const timeline = new Timeline(0);
  const clock = { now: () => timeline.now, wakeAt: timeline.plan.bind(timeline) };
  const advanceTo = (at: number): void => {
    while (timeline.nextAt <= at) timeline.step();
    timeline.moveTo(at);
  };
  const save = vi.fn<(step: IndexStep) => void>();
  const [onDurable, close] = [vi.fn(), vi.fn()];
  const stored: IndexState = {
    get journal() {
      return save.mock.calls.flatMap(([{ journal }]) => journal ?? []).at(-1) ?? 5;
    },
    notes: 2,
    open: () => new Map([['old', '{}']]),
    successes: () => [],
    setAside: () => ({ count: 0, latest: [] }),
    save,
    close,
  };
  return { advanceTo, save, onDurable, close, state: new BufferedIndexState(stored, { clock, onDurable }) };
};

describe('BufferedIndexState', () => {
  it('writes the steps of five seconds together, without what was put and dropped within it', () => {
    const { advanceTo, save, onDurable, state } = setup();
    state.save({
      journal: 6,
      put: [
        ['a', '1'],
        ['b', '1'],
      ],
    });
    state.save({ journal: 7, notes: 3, drop: ['a', 'old'], put: [['b', '2']], successes: [['s', []]] });
    state.save({ journal: 8, successes: [['s', [SUCCESS]]] });
    advanceTo(4_999);
    expect([save.mock.calls.length, onDurable.mock.calls]).toEqual([0, []]);
    advanceTo(9_000);
    expect(save.mock.calls).toEqual([
      [{ journal: 8, notes: 3, put: [['b', '2']], drop: ['a', 'old'], successes: [['s', [SUCCESS]]] }],
    ]);
    expect(onDurable.mock.calls).toEqual([[8]]);
  });

  it('reads every step at once', () => {
    const { state } = setup();
    expect([state.journal, state.notes, state.successes('s')]).toEqual([5, 2, []]);
    state.save({ journal: 9, put: [['a', '1']], drop: ['old'], successes: [['s', [SUCCESS]]] });
    expect([state.journal, state.notes, state.successes('s')]).toEqual([9, 2, [SUCCESS]]);
    expect([...state.open()]).toEqual([['a', '1']]);
  });

  it.each([
    ['a deletion', { deleted: ['x'] }],
    ['an expiry', { expired: 1 }],
    ['what is set aside', { aside: [{ seq: 1, subject: 'x', reason: 'y' }] }],
  ])('writes %s at once, after all steps before it', (_, step) => {
    const { save, state } = setup();
    state.save({ journal: 6 });
    state.save(step);
    expect(save.mock.calls.map(([saved]) => saved)).toMatchObject([{ journal: 6 }, step]);
    expect(state.journal).toBe(6);
  });

  it('writes what is left when it is closed, and closes the state if that fails', () => {
    const { save, close, state } = setup();
    state.save({ journal: 6 });
    save.mockImplementation(() => {
      throw new Error('full');
    });
    state.close();
    expect([save.mock.calls.length, close.mock.calls.length]).toEqual([1, 1]);
  });

  it('throws at the next step when a write fails again, and loses no step when it does not', () => {
    const { advanceTo, save, state } = setup();
    save.mockImplementation(() => {
      throw new Error('full');
    });
    state.save({ journal: 6, put: [['a', '1']] });
    advanceTo(6_000);
    expect(() => state.save({ journal: 7 })).toThrow('full');
    save.mockReset();
    state.save({ journal: 8 });
    expect(save.mock.calls).toMatchObject([[{ journal: 8, put: [['a', '1']] }]]);
  });
});
