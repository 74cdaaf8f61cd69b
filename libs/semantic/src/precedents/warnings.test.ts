import { describe, expect, it } from 'vitest';
import { NOW, many } from './past.arbitraries.ts';
import { failureOdds, predictDuration } from './predictions.ts';
import { suggestTimeout } from './suggestions.ts';
import { warningsOf } from './warnings.ts';

const prospect = { type: 'data.import', spec: 's1', now: NOW };
const reasons = (cases: Parameters<typeof failureOdds>[0], timeoutMs?: number): unknown[] => {
  const failure = failureOdds(cases, prospect);
  const duration = predictDuration(cases, prospect);
  const timeout = suggestTimeout(cases, prospect);
  return warningsOf(
    { ...(failure && { failure }), ...(duration && { duration }), ...(timeout && { timeout }) },
    timeoutMs,
  ).map(({ reason }) => reason);
};
const failing = (failed: number, of: number) =>
  many(of, (at) => ({ outcome: at < failed ? 'failed' : 'completed' }));

describe('warningsOf', () => {
  it.each([
    [8, 8, true],
    [7, 8, true],
    [6, 8, false],
    [11, 16, false],
    [12, 16, true],
    [7, 7, false],
    [0, 16, false],
  ])('warns of a failure when %i of %i tasks failed: %s', (failed, of, warned) => {
    expect(reasons(failing(failed, of))).toEqual(warned ? ['likely_to_fail'] : []);
  });

  it('names the evidence of a likely failure', () => {
    const failure = failureOdds(failing(8, 8), prospect);
    const [warning] = warningsOf({ ...(failure && { failure }) }, undefined);
    expect(warning).toMatchObject({ reason: 'likely_to_fail', odds: 1, support: 8 });
    expect(warning?.evidence).toHaveLength(8);
  });

  it.each([
    [undefined, []],
    [0, []],
    [12_000, []],
    [9_000, ['likely_to_time_out']],
  ])('warns of a timeout of %s ms: %j', (timeoutMs, expected) => {
    const cases = many(10, (at) => ({ durationMs: (at + 1) * 1_000 }));
    expect(reasons(cases, timeoutMs)).toEqual(expected);
  });

  it('ignores predictions from other specs of the type', () => {
    const others = many(10, () => ({ outcome: 'failed', spec: 'other' }));
    expect(failureOdds(others, prospect)).toMatchObject({ odds: 1, basis: 'type' });
    expect(reasons(others)).toEqual([]);
    const slow = many(10, () => ({ durationMs: 10_000, spec: 'other' }));
    expect(reasons(slow, 1_000)).toEqual([]);
  });

  it('suggests a sufficient timeout', () => {
    const cases = many(10, () => ({ durationMs: 10_000 }));
    const duration = predictDuration(cases, prospect);
    const timeout = suggestTimeout(cases, prospect);
    const [warning] = warningsOf({ ...(duration && { duration }), ...(timeout && { timeout }) }, 5_000);
    expect(warning).toMatchObject({ p90: 10_000, timeoutMs: 5_000, suggestedMs: 20_000, support: 10 });
  });
});
