import { describe, expect, it } from 'vitest';
import { HIGH, LATER, aScene, decided, verdict } from './cases.arbitraries.ts';
import { decide } from './decide.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { Policy } from './policy.ts';
import { aWaiting, poolsOf } from './builders.arbitraries.ts';
import type { Running } from './snapshot.ts';

describe('the caps', () => {
  const many = (count: number): Partial<Running>[] => Array.from({ length: count }, () => ({}));
  const two = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', order: 1 })];

  /** The default rules, but the cap holds everybody back. */
  const capped: Policy = {
    ...DEFAULT_POLICY,
    classes: DEFAULT_POLICY.classes.map((rules) => ({ ...rules, ignoresCap: false })) as never,
  };

  it('do not hold critical work back', () => {
    const outcomes = decide(aScene(many(10), {}, { waiting: two }), DEFAULT_POLICY).map(verdict);
    expect(outcomes).toEqual(['preempted victims V1', 'preempted victims V10']);
  });

  it('let a tenth of a pool be preempted in a round, at least one', () => {
    const outcomes = (count: number): string[] =>
      decide(aScene(many(count), {}, { waiting: two }), capped).map(verdict);
    expect(outcomes(10)).toEqual(['preempted victims V1', 'denied_budget cap']);
    expect(outcomes(11)).toEqual(['preempted victims V1', 'preempted victims V10']);
  });

  it('count what was preempted within the window before', () => {
    const snapshot = aScene(many(10));
    const pools = poolsOf(snapshot.workers, { victims: 1 });
    const [decision] = decide({ ...snapshot, pools }, capped);
    expect([decision && verdict(decision), decision?.wakeAt]).toEqual(['denied_budget cap', LATER + 3_000]);
  });

  it('keep a floor of each lower band running', () => {
    const policy = { ...DEFAULT_POLICY, capPercent: 100, floorPercent: 50 };
    const [first, second] = decide(aScene(many(2), {}, { waiting: two }), policy);
    expect([first, second].map((one) => one && verdict(one))).toEqual([
      'preempted victims V1',
      'denied_budget budget',
    ]);
  });

  it('keep no floor in a pool that is too small for one: its only slot can be taken', () => {
    expect(verdict(decided(aScene(many(1))))).toBe('preempted victims V1');
  });

  it('keep the budgets of tenants and workflows', () => {
    const tenants = [{ tenant: 'acme', sharePercent: 100, tokens: 0 }];
    const decision = decided(aScene(many(1), {}, { tenants }));
    expect([verdict(decision), decision.tenantTokens]).toEqual(['denied_budget budget', 0]);
    const workflows = [{ workflow: 'f1', preempted: 1, max: 1 }];
    expect(verdict(decided(aScene([{ workflow: 'f1' }], {}, { workflows })))).toBe('denied_budget budget');
    expect(verdict(decided(aScene([{ workflow: 'f1' }, {}], {}, { workflows })))).toBe(
      'preempted victims V2',
    );
  });

  it('count what the round has taken: the next victim is of another workflow when a soft budget is full', () => {
    const workflows = [{ workflow: 'f1', preempted: 0, softMax: 1 }];
    const running = [{ workflow: 'f1', startedAt: 3 }, { workflow: 'f1', startedAt: 2 }, { startedAt: 1 }];
    const decisions = decide(aScene(running, {}, { waiting: two, workflows }), {
      ...DEFAULT_POLICY,
      capMin: 2,
    });
    expect(decisions.map(verdict)).toEqual(['preempted victims V1', 'preempted victims V3']);
  });

  it('are off for critical work when the breaker is open, and only for that', () => {
    const snapshot = aScene(many(1), { base: HIGH });
    const pools = poolsOf(snapshot.workers, { breakerOpenUntil: LATER + 5 });
    const decision = decided({ ...snapshot, pools });
    expect([verdict(decision), decision.wakeAt]).toEqual(['breaker_open breaker', LATER + 100]);
    expect(verdict(decided({ ...aScene(many(1)), pools }))).toBe('preempted victims V1');
    expect(verdict(decided({ ...snapshot, pools, now: LATER + 5 }))).toBe('preempted victims V1');
  });

  it('stop a preemptor whose victims do not yield', () => {
    expect(verdict(decided(aScene(many(1), { replans: 3 })))).toBe('infeasible replans');
    expect(verdict(decided(aScene(many(1), { replans: 2 })))).toBe('preempted victims V1');
  });
});
