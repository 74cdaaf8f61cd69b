import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, NOW, many, past } from './past.arbitraries.ts';
import { DURATIONS_MIN, failureOdds, predictDuration } from './predictions.ts';
import { effectiveCount, quantile, wilson } from './statistics.ts';

describe('predictDuration', () => {
  it('returns nothing below eight completed runs of the type', () => {
    const prospect = { type: 'data.import', now: NOW };
    const seven = many(7, () => ({}));
    expect(predictDuration(seven, prospect)).toBeUndefined();
    expect(
      predictDuration([...seven, past({ outcome: 'failed' }), past({ type: 'http' })], prospect),
    ).toBeUndefined();
    expect(predictDuration([...seven, past()], prospect)).toMatchObject({
      support: DURATIONS_MIN,
      basis: 'type',
    });
  });

  it('returns ordered quantiles within the observed durations', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1e7 }), { minLength: 8, maxLength: 60 }),
        (durations) => {
          const found = predictDuration(
            durations.map((durationMs) => past({ durationMs })),
            { type: 'data.import', now: NOW },
          );
          const { p10 = 0, p50 = 0, p90 = 0 } = found ?? {};
          expect(p10).toBeLessThanOrEqual(p50);
          expect(p50).toBeLessThanOrEqual(p90);
          expect(p10).toBeGreaterThanOrEqual(Math.min(...durations) - 1);
          expect(p90).toBeLessThanOrEqual(Math.max(...durations) + 1);
        },
      ),
    );
  });

  it('uses runs of the same spec alone when there are enough', () => {
    const others = many(50, () => ({ spec: 'other', durationMs: 90_000, similarity: 0.9 }));
    const own = many(8, (at) => ({ durationMs: 1_000 + at }));
    const prospect = { type: 'data.import', spec: 's1', now: NOW };
    expect(predictDuration([...others, ...own], prospect)).toMatchObject({ basis: 'spec', support: 8 });
    expect(predictDuration([...others, ...own.slice(1)], prospect)).toMatchObject({
      basis: 'type',
      support: 57,
    });
  });

  it('follows recent runs', () => {
    const before = many(20, () => ({ at: NOW - 90 * DAY, durationMs: 1_000 }));
    const lately = many(10, () => ({ at: NOW - DAY, durationMs: 5_000 }));
    expect(predictDuration([...before, ...lately], { type: 'data.import', now: NOW })?.p50).toBe(5_000);
  });

  it('returns nothing when one run outweighs all others by recency', () => {
    const faded = many(30, () => ({ at: NOW - 365 * DAY }));
    expect(predictDuration([...faded, past()], { type: 'data.import', now: NOW })).toBeUndefined();
  });

  it('names at most twenty points as evidence', () => {
    const runs = many(30, () => ({}));
    const found = predictDuration(runs, { type: 'data.import', now: NOW });
    expect(found?.evidence).toHaveLength(20);
    expect(runs.map(({ id }) => id)).toEqual(expect.arrayContaining([...(found?.evidence ?? [])]));
  });
});

describe('failureOdds', () => {
  it('counts a success for as many as it stands for, as if each were there', () => {
    const prospect = { type: 'data.import', now: NOW };
    const failures = many(5, () => ({ outcome: 'failed' }));
    const each = failureOdds([...failures, ...many(45, () => ({}))], prospect);
    const standing = many(9, () => ({ count: 5, since: past().at }));
    const together = failureOdds([...failures, ...standing], prospect);
    expect(together?.odds).toBeCloseTo(each?.odds ?? 0, 9);
    expect(together?.high).toBeCloseTo(each?.high ?? 0, 9);
    // Successes of long ago weigh less than the one that stands for them.
    const old = many(9, () => ({ count: 5, since: NOW - 300 * DAY }));
    expect(failureOdds([...failures, ...old], prospect)?.odds).toBeGreaterThan(together?.odds ?? 1);
  });

  it('returns nothing below eight verdicts', () => {
    expect(
      failureOdds(
        many(7, () => ({})),
        { type: 'data.import', now: NOW },
      ),
    ).toBeUndefined();
  });

  it('counts verdicts and not attempts, without cancelled and preempted ones', () => {
    const retried = many(8, () => ({ task: 'same', outcome: 'failed' })).map((one, at) => ({
      ...one,
      attempt: at + 1,
    }));
    const others = [
      ...many(4, () => ({ outcome: 'cancelled' })),
      ...many(4, () => ({ outcome: 'preempted' })),
    ];
    expect(
      failureOdds([...retried, ...others, ...many(6, () => ({}))], { type: 'data.import', now: NOW }),
    ).toBeUndefined();
    const found = failureOdds([...retried, ...many(9, () => ({}))], { type: 'data.import', now: NOW });
    expect(found?.support).toBe(10);
    expect(found?.odds).toBeCloseTo(0.1);
  });

  it('takes the last attempt of a task as its verdict, in any order of the input', () => {
    const recovered = many(8, (at) => ({ task: `r-${at}`, outcome: 'failed' })).flatMap((one) => [
      one,
      { ...one, id: `${one.id}-2`, outcome: 'completed', attempt: 2 },
    ]);
    for (const runs of [recovered, recovered.toReversed()]) {
      expect(failureOdds(runs, { type: 'data.import', now: NOW })).toMatchObject({ odds: 0, support: 8 });
    }
  });

  it('returns odds within their interval, which is within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (failed, well) => {
        fc.pre(failed + well >= 8);
        const runs = [...many(failed, () => ({ outcome: 'failed' })), ...many(well, () => ({}))];
        const { odds = -1, low = -1, high = -1 } = failureOdds(runs, { type: 'data.import', now: NOW }) ?? {};
        expect(0 <= low && low <= odds + 1e-9 && odds <= high + 1e-9 && high <= 1).toBe(true);
      }),
    );
  });
});

describe('wilson, effectiveCount and median', () => {
  it('return the published Wilson interval', () => {
    const { low, high } = wilson(1, 10);
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.0179', '0.4042']);
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('return the effective number of weighted values', () => {
    expect(effectiveCount([1, 1, 1])).toBeCloseTo(3);
    expect(effectiveCount([1, 0, 0])).toBeCloseTo(1);
    expect(effectiveCount([])).toBe(0);
  });

  it('return the middle of an odd number of values', () => {
    const values = [5, 1, 3].map((value) => ({ value, weight: 1 }));
    expect(quantile(values, 0.5)).toBeCloseTo(3);
  });
});
