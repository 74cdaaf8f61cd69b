import type { BulkRun } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { nextPart, durationMs, stopOf, waitsForVerdicts, watchedPart } from './bulk-plan.ts';

const place = { acted: 0, watched: 0, ended: 0, failed: 0 };
const aCall = (run?: BulkRun, total = 1_203) => ({
  action: 'retry' as const,
  set: 's',
  pieces: [],
  total,
  ...(run && { run }),
});

describe('the parts of a bulk task', () => {
  it.each<[BulkRun | undefined, number, [number, number]]>([
    [undefined, 0, [0, 500]],
    [undefined, 1_000, [1_000, 1_203]],
    [{ perSecond: 10 }, 0, [0, 5]],
    [{ perSecond: 0.1 }, 7, [7, 8]],
    [{ perSecond: 100_000 }, 499, [499, 500]],
    [{ first: 10 }, 0, [0, 10]],
    [{ first: 700 }, 500, [500, 700]],
    [{ first: 10 }, 10, [10, 500]],
    [{ first: 5_000 }, 1_000, [1_000, 1_203]],
  ])('of %j after %i tasks are %j', (run, acted, [from, to]) => {
    expect(nextPart(aCall(run), { ...place, acted })).toEqual({ from, to });
  });

  it('take the time of their rate', () => {
    expect([durationMs(aCall(), 500), durationMs(aCall({ perSecond: 10 }), 5)]).toEqual([0, 500]);
  });
});

describe('the verdicts of a bulk task', () => {
  it('are counted from the first task on, once the first ones have been acted on', () => {
    const call = aCall({ first: 600 });
    expect(watchedPart(call, { ...place, acted: 500 })).toBeUndefined();
    expect(watchedPart(call, { ...place, acted: 600 })).toEqual({ from: 0, to: 500 });
    expect(watchedPart(call, { ...place, acted: 600, watched: 500 })).toEqual({ from: 500, to: 600 });
    expect(watchedPart(call, { ...place, acted: 600, watched: 600 })).toBeUndefined();
    expect(watchedPart(aCall(), { ...place, acted: 600 })).toBeUndefined();
  });

  it('are waited for while the first ones run, and when too many others may fail unseen', () => {
    const call = aCall({ first: 10 }, 100_000);
    expect(waitsForVerdicts(call, { ...place, acted: 10 })).toBe(true);
    expect(waitsForVerdicts(call, { ...place, acted: 500, watched: 10 })).toBe(false);
    expect(waitsForVerdicts(call, { ...place, acted: 5_010, watched: 10 })).toBe(true);
  });

  it('stop it when more failed than may, and not before the first ones have ended', () => {
    const call = aCall({ first: 10, maxFailed: 0.2 });
    expect(stopOf(call, { ...place, acted: 10, watched: 0, ended: 0, failed: 0 })).toBeUndefined();
    expect(stopOf(call, { ...place, acted: 10, watched: 10, ended: 10, failed: 2 })).toBeUndefined();
    expect(stopOf(call, { ...place, acted: 10, watched: 10, ended: 10, failed: 3 })).toEqual({
      ended: 10,
      failed: 3,
      maxFailed: 0.2,
    });
    expect(
      stopOf(call, { ...place, acted: 500, watched: 10, ended: 10, failed: 2 }, { ended: 2, failed: 2 }),
    ).toEqual({ ended: 12, failed: 4, maxFailed: 0.2 });
    expect(stopOf(aCall(), { ...place, acted: 500, ended: 10, failed: 10 })).toBeUndefined();
  });
});
