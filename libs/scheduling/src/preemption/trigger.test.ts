import { describe, expect, it } from 'vitest';
import {
  CRITICAL,
  HIGH,
  LATER,
  LOW,
  NORMAL,
  SECOND,
  aReservation,
  aScene,
  decided,
  verdict,
} from './cases.arbitraries.ts';
import { decide } from './decide.ts';
import { inspect } from './inspect.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { aRunning, aSnapshot, aWaiting, aWorker, amounts } from './builders.arbitraries.ts';
import type { Waiting } from './snapshot.ts';

describe('the trigger', () => {
  it.each<[string, Partial<Waiting>, string]>([
    ['no task, for a task without its concurrency key', { blockedBy: 'concurrency_key' }, 'blocked'],
    ['no task, for a task over its rate limit', { blockedBy: 'rate_limit' }, 'blocked'],
    ['no task, for a task that waits for a dependency', { blockedBy: 'dependency' }, 'blocked'],
    ['no task, for a task that never preempts', { preempts: false }, 'may_not_preempt'],
    ['no task, for a low task', { base: LOW }, 'may_not_preempt'],
    ['no task, for a victim that has not run since', { preempted: true }, 'preempted'],
  ])('preempts %s', (_, preemptor, skip) => {
    const snapshot = aScene([{}], preemptor);
    expect(decide(snapshot, DEFAULT_POLICY)).toEqual([]);
    expect(inspect(snapshot, DEFAULT_POLICY, 'P')).toEqual({ skip, candidates: [] });
  });

  it('preempts no task while a slot is free', () => {
    const worker = aWorker({ running: [aRunning()], capacity: amounts({ slots: 2 }) });
    const snapshot = aSnapshot({ now: LATER, workers: [worker] });
    expect(inspect(snapshot, DEFAULT_POLICY, 'P').skip).toBe('starts');
  });

  it('preempts one for the second of two tasks for which one slot is free', () => {
    const worker = aWorker({ running: [aRunning()], capacity: amounts({ slots: 2 }) });
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', order: 1 })];
    const decisions = decide(aSnapshot({ now: LATER, workers: [worker], waiting }), DEFAULT_POLICY);
    expect(decisions.map(({ preemptor, victims }) => [preemptor.id, victims.length])).toEqual([['P2', 1]]);
  });

  it('preempts no task for a task that has a reservation, until that ends', () => {
    const reserved = aScene([{}], {}, { reservations: [aReservation({ task: 'P', base: CRITICAL })] });
    expect(inspect(reserved, DEFAULT_POLICY, 'P').skip).toBe('reserved');
    expect(verdict(decided({ ...reserved, now: LATER + 1 }))).toBe('preempted victims V1');
  });

  it.each<[string, Partial<Waiting>, string]>([
    ['critical at once', { base: CRITICAL, waitingSince: LATER }, 'preempted victims V1'],
    ['high not before 2 s', { base: HIGH, waitingSince: LATER - 1_999 }, 'wait_natural preempt_after'],
    ['high after 2 s', { base: HIGH, waitingSince: LATER - 2_000 }, 'preempted victims V1'],
    ['normal not before 30 s', { base: NORMAL, waitingSince: LATER - 29_999 }, 'wait_natural preempt_after'],
    ['normal after 30 s', { base: NORMAL, waitingSince: LATER - 30_000 }, 'preempted victims V1'],
    [
      'sooner for a task that says so',
      { base: NORMAL, waitingSince: LATER, override: { preemptAfterMs: 0 } },
      'preempted victims V1',
    ],
  ])('lets a task preempt after its own wait: %s', (_, preemptor, expected) => {
    expect(verdict(decided(aScene([{}], preemptor)))).toBe(expected);
  });

  it('says when the wait will have been long enough', () => {
    const decision = decided(aScene([{}], { base: HIGH, waitingSince: LATER }));
    expect(decision.wakeAt).toBe(LATER + 2 * SECOND);
  });

  it('does not let age preempt: a low task that is ordered as high takes no victim', () => {
    const old = { base: LOW, submittedAt: 0, waitingSince: 0 } as const;
    const policy = { ...DEFAULT_POLICY, aging: [1, 1, 0, 0] as const };
    expect(decide(aScene([{}], old), policy)).toEqual([]);
    const aged = decided(aScene([{ base: LOW }], { ...old, base: NORMAL }), policy);
    expect([aged.preemptor.base, aged.preemptor.rank]).toEqual([NORMAL, HIGH]);
    expect(verdict(decided(aScene([{ base: NORMAL }], { ...old, base: NORMAL }), policy))).toBe(
      'infeasible no_candidates',
    );
  });
});

describe('what costs nothing', () => {
  it('is taken first: capacity that is about to be free, then a lease that never started, then a task that only waits', () => {
    const leaving = aScene([{ phase: 'stopping', endsBy: LATER + 1 }, { phase: 'assigned' }, {}]);
    expect(decided(leaving)).toMatchObject({ outcome: 'reclaim_idle', reason: 'leaving', reclaimed: [] });
    const assigned = aScene([{ phase: 'parked' }, { phase: 'assigned' }, {}]);
    expect(decided(assigned).reclaimed).toEqual([{ id: 'V2', kind: 'recall' }]);
    const parked = aScene([{}, { phase: 'parked' }]);
    expect(decided(parked)).toMatchObject({
      outcome: 'reclaim_idle',
      reclaimed: [{ id: 'V2', kind: 'park' }],
    });
  });

  it('is not counted twice: what leaves is promised to one', () => {
    const running = [{ phase: 'stopping', endsBy: LATER + 1 }, {}] as const;
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', order: 1 })];
    const [first, second] = decide(aScene(running, {}, { waiting }), DEFAULT_POLICY);
    expect(first?.outcome).toBe('reclaim_idle');
    expect(second && verdict(second)).toBe('preempted victims V2');
  });

  it('does not spend a budget', () => {
    const snapshot = aScene(
      [{ phase: 'parked', tenant: 'zeta' }],
      {},
      { tenants: [{ tenant: 'zeta', sharePercent: 100, tokens: 0 }] },
    );
    expect(decided(snapshot).outcome).toBe('reclaim_idle');
  });

  it('is left to an equal or a higher band', () => {
    expect(verdict(decided(aScene([{ phase: 'assigned', base: CRITICAL }])))).toBe(
      'infeasible no_candidates',
    );
    const high = { base: HIGH } as const;
    expect(verdict(decided(aScene([{ phase: 'parked', base: HIGH }], high)))).toBe(
      'infeasible no_candidates',
    );
  });
});
