import { describe, expect, it } from 'vitest';
import {
  CRITICAL,
  HIGH,
  LATER,
  LOW,
  NORMAL,
  aScene,
  decided,
  verdict,
  withClass,
} from './cases.arbitraries.ts';
import { inspect } from './inspect.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { Policy } from './policy.ts';
import { aRunning, aSnapshot, aWaiting, aWorker, amounts } from './builders.arbitraries.ts';
import type { Running, Snapshot, Waiting } from './snapshot.ts';

describe('the filter', () => {
  const FROZEN = { phase: 'suspended', usage: amounts({ memoryMb: 1 }) } as const;
  const EXEMPT = { base: HIGH, startedAt: LATER - 9_999 } as const;

  it.each<[string, Partial<Running>, string, Partial<Waiting>?]>([
    ['an equal band', { base: HIGH }, 'band', { base: HIGH }],
    ['a higher band', { base: CRITICAL }, 'band', { base: HIGH }],
    ['a band that the matrix does not give it', { base: NORMAL }, 'band', { base: NORMAL }],
    ['critical work, for any preemptor', { base: CRITICAL }, 'band'],
    ['a task for which critical work waits', { base: LOW, donated: CRITICAL }, 'band'],
    ['a task for which equal work waits', { base: LOW, donated: HIGH }, 'band', { base: HIGH }],
    [
      'a task that has been preempted half as often as it may',
      { base: NORMAL, preemptCount: 2 },
      'band',
      { base: HIGH },
    ],
    ['a task that is never preemptible', { override: { mode: 'never' } }, 'never'],
    ['an atomic section', { atomic: { since: LATER - 10, maxMs: 11 } }, 'atomic'],
    ['a task in its first seconds', EXEMPT, 'exempt'],
    [
      'a task in the minimum that it sets itself',
      { startedAt: LATER - 9, override: { exemptMs: 10 } },
      'exempt',
    ],
    ['a task that has been preempted as often as it may', { preemptCount: 5 }, 'max_count'],
    ['a task that ends within its grace', { remaining: { p50Ms: 2_000, support: 5 } }, 'natural'],
    [
      'a task that ends while it would save',
      { remaining: { p50Ms: 3_000, support: 5 }, checkpointMs: 1_000 },
      'natural',
    ],
    ["another tenant's task", { domain: 'zeta', tenant: 'zeta' }, 'tenant'],
    ['a task that leaves already', FROZEN, 'leaving', { demand: FROZEN.usage }],
    ['a task that did not yield to it before', {}, 'spared', { spared: ['V1'] }],
  ])('leaves %s alone', (_, running, fate, preemptor = {}) => {
    const snapshot = aScene([running], { waitingSince: 0, ...preemptor });
    const { decision, candidates } = inspect(snapshot, DEFAULT_POLICY, 'P');
    expect(candidates).toEqual([{ id: 'V1', worker: 'w1', fate }]);
    expect([decision?.outcome, decision?.candidates.rejected]).toEqual(['infeasible', { [fate]: 1 }]);
  });

  it.each<[string, Partial<Running>, Policy?]>([
    ['an atomic section that has lasted too long', { atomic: { since: LATER - 10_000, maxMs: 60_000 } }],
    ['an atomic section that is over', { atomic: { since: LATER - 10, maxMs: 10 } }],
    ['a high task after its first seconds', { base: HIGH, startedAt: LATER - 10_000 }],
    [
      'a high task in its first seconds, where critical may',
      EXEMPT,
      withClass(CRITICAL, { overridesExempt: true }),
    ],
    ['a task whose end is predicted from too few runs', { remaining: { p50Ms: 0, support: 4 } }],
    ['a task that has been preempted less often than it may', { preemptCount: 4 }],
  ])('passes %s', (_, running, policy) => {
    expect(decided(aScene([running]), policy).victims.map(({ id }) => id)).toEqual(['V1']);
  });

  it('passes tasks of another tenant that has more than its share, where that is allowed', () => {
    const policy = { ...DEFAULT_POLICY, crossTenant: true };
    const running = { domain: 'zeta', tenant: 'zeta' };
    const at = (sharePercent: number): Snapshot =>
      aScene([running], {}, { tenants: [{ tenant: 'zeta', sharePercent }] });
    expect(decided(at(101), policy).outcome).toBe('preempted');
    expect(decided(at(100), policy).outcome).toBe('infeasible');
    expect(decided(at(101)).outcome).toBe('infeasible');
  });

  it('passes only tasks that free what is scarce', () => {
    const gpu = amounts({ gpu: 1 });
    const worker = aWorker({
      running: [aRunning({ id: 'V1' }), aRunning({ id: 'V2', usage: gpu, startedAt: -1 })],
      capacity: amounts({ slots: 3, gpu: 1 }),
    });
    const waiting = [aWaiting({ demand: gpu })];
    const { decision, candidates } = inspect(
      aSnapshot({ now: LATER, workers: [worker], waiting }),
      DEFAULT_POLICY,
      'P',
    );
    expect(decision?.victims.map(({ id }) => id)).toEqual(['V2']);
    expect(candidates.map(({ fate }) => fate)).toEqual(['placement', 'chosen']);
  });

  it('passes no task on a worker that the preemptor cannot run on', () => {
    const { decision, candidates } = inspect(aScene([{}], { eligible: ['w2'] }), DEFAULT_POLICY, 'P');
    expect(decision && verdict(decision)).toBe('infeasible no_worker');
    expect(candidates).toEqual([{ id: 'V1', worker: 'w1', fate: 'placement' }]);
  });

  it('says when the first protection that only time gives is over', () => {
    const running = [
      { base: HIGH, startedAt: LATER - 1 },
      { base: NORMAL, startedAt: LATER - 2 },
    ] as const;
    expect(decided(aScene(running)).wakeAt).toBe(LATER - 2 + 5_000);
    expect(decided(aScene([{ atomic: { since: LATER, maxMs: 700 } }])).wakeAt).toBe(LATER + 700);
  });
});
