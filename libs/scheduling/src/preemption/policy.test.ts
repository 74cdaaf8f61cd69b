import { describe, expect, it } from 'vitest';
import { aRunning, aWaiting } from './builders.arbitraries.ts';
import { withClass } from './cases.arbitraries.ts';
import { DEFAULT_POLICY, classRulesOf } from './policy.ts';
import type { ClassRules, Override, Policy } from './policy.ts';
import { overrideIssues, policyIssues } from './policy-bounds.ts';
import { baseRank, inRoundOrder, protection, queueRank } from './priority.ts';
import type { Running } from './snapshot.ts';

const fieldsOf = (policy: Policy): string[] => policyIssues(policy).map(({ field }) => field);

describe('the defaults', () => {
  it('are the table of the specification', () => {
    const row = (rank: 0 | 1 | 2 | 3) => {
      const { mayPreempt, preemptAfterMs, mode, checkpointDeadlineMs, exemptMs, graceMs, maxPreemptions } =
        classRulesOf(DEFAULT_POLICY, rank);
      return [mayPreempt, preemptAfterMs, mode, checkpointDeadlineMs, exemptMs, graceMs, maxPreemptions];
    };
    expect(row(3).slice(0, 3)).toEqual([[0, 1, 2], 0, 'never']);
    expect(row(2)).toEqual([[0, 1], 2_000, 'at_checkpoint', 60_000, 10_000, 10_000, 2]);
    expect(row(1)).toEqual([[0], 30_000, 'at_checkpoint', 30_000, 5_000, 5_000, 3]);
    expect(row(0)).toEqual([[], 0, 'immediate', 30_000, 0, 2_000, 5]);
  });

  it('are valid, and survive JSON', () => {
    expect(policyIssues(DEFAULT_POLICY)).toEqual([]);
    expect(JSON.parse(JSON.stringify(DEFAULT_POLICY))).toEqual(DEFAULT_POLICY);
  });
});

describe('a policy', () => {
  it.each<[string, Policy]>([
    ['capPercent', { ...DEFAULT_POLICY, capPercent: 101 }],
    ['floorPercent', { ...DEFAULT_POLICY, floorPercent: -1 }],
    ['capMin', { ...DEFAULT_POLICY, capMin: 0 }],
    ['lookAgainMsMin', { ...DEFAULT_POLICY, lookAgainMsMin: 0 }],
    ['holdMs', { ...DEFAULT_POLICY, holdMs: 1.5 }],
    ['aging.normal', { ...DEFAULT_POLICY, aging: [0, -1, 0, 0] }],
    ['classes.low.graceMs', withClass(0, { graceMs: Number.NaN })],
    ['breaker.samplesMin', { ...DEFAULT_POLICY, breaker: { ...DEFAULT_POLICY.breaker, samplesMin: 0 } }],
    [
      'breaker.onTimePercentMin',
      { ...DEFAULT_POLICY, breaker: { ...DEFAULT_POLICY.breaker, onTimePercentMin: 101 } },
    ],
  ])('is refused for a bad %s', (field, policy) => {
    expect(fieldsOf(policy)).toEqual([field]);
  });

  it.each<[0 | 1 | 2 | 3, ClassRules['mayPreempt']]>([
    [0, [0]],
    [1, [0, 1]],
    [2, [3]],
  ])('lets a band preempt only lower ones: not band %i %j', (rank, mayPreempt) => {
    expect(fieldsOf(withClass(rank, { mayPreempt }))).toEqual([
      `classes.${['low', 'normal', 'high'][rank]}.mayPreempt`,
    ]);
  });
});

describe('an override', () => {
  it.each<[string, Override]>([
    ['mode', { mode: 'never' }],
    ['checkpointDeadlineMs', { checkpointDeadlineMs: 300_001 }],
    ['exemptMs', { exemptMs: -1 }],
    ['graceMs', { graceMs: 60_001 }],
    ['preemptAfterMs', { preemptAfterMs: -1 }],
    ['maxPreemptions', { maxPreemptions: 21 }],
  ])('is refused for a %s beyond the bounds', (field, override) => {
    const bounds = { ...DEFAULT_POLICY.bounds, modes: ['immediate', 'at_checkpoint'] as const };
    expect(overrideIssues(override, bounds).map((issue) => issue.field)).toEqual([field]);
  });

  it('says what was expected', () => {
    const bounds = { ...DEFAULT_POLICY.bounds, modes: ['immediate', 'at_checkpoint'] as const };
    expect(overrideIssues({ mode: 'never', graceMs: 70_000 }, bounds).map(({ message }) => message)).toEqual([
      'expected at_checkpoint, immediate; got never',
      'expected a whole number, 0 to 60000; got 70000',
    ]);
  });

  it('passes within the bounds, and when it sets nothing', () => {
    expect(overrideIssues({}, DEFAULT_POLICY.bounds)).toEqual([]);
    expect(
      overrideIssues({ mode: 'never', graceMs: 60_000, maxPreemptions: 0 }, DEFAULT_POLICY.bounds),
    ).toEqual([]);
  });
});

describe('the three priorities', () => {
  it('are apart: age changes the order and not the right, a donation the protection and not the right', () => {
    const waiting = aWaiting({ base: 0, submittedAt: 0 });
    expect([baseRank(waiting), queueRank(waiting, 30 * 60_000, DEFAULT_POLICY.aging)]).toEqual([0, 1]);
    const running = aRunning({ base: 0, donated: 2 });
    expect([baseRank(running), protection(running, DEFAULT_POLICY)]).toEqual([0, 2]);
  });

  it.each<[string, Partial<Running>, number]>([
    ['its base', { base: 1 }, 1],
    ['what it is given, when that is higher', { base: 1, donated: 2 }, 2],
    ['its base, when what it is given is lower', { base: 2, donated: 0 }, 2],
    ['one more after half of its preemptions', { base: 0, preemptCount: 3 }, 1],
    ['not yet one more before that', { base: 0, preemptCount: 2 }, 0],
    ['one more for high work after the first', { base: 2, preemptCount: 1 }, 3],
    [
      'never more than critical',
      { base: 3, donated: 3, preemptCount: 9, override: { maxPreemptions: 1 } },
      3,
    ],
  ])('protect a task by %s', (_, task, expected) => {
    expect(protection(aRunning(task), DEFAULT_POLICY)).toBe(expected);
  });

  it('order a round by base, then age, fair share, order of submission and id', () => {
    const now = 30 * 60_000;
    const one = (id: string, given: Parameters<typeof aWaiting>[0] = {}) =>
      aWaiting({ id, base: 1, submittedAt: now, order: 5, ...given });
    const waiting = [
      one('b'),
      one('a'),
      one('earlier', { order: 4 }),
      one('poor', { fairShare: -1, order: 9 }),
      one('old', { submittedAt: 0, order: 9, fairShare: 9 }),
      one('high', { base: 2, order: 9 }),
    ];
    const ids = inRoundOrder(waiting, now, DEFAULT_POLICY.aging).map(({ id }) => id);
    expect(ids).toEqual(['high', 'old', 'poor', 'earlier', 'a', 'b']);
  });
});
