import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from './policy.ts';
import { CRITICAL, HIGH, LATER, LOW, NORMAL, aScene, decided, verdict } from './cases.arbitraries.ts';
import { aRunning, aSnapshot, aWaiting, aWorker, amounts } from './builders.arbitraries.ts';
import type { Running, Snapshot } from './snapshot.ts';

describe('the order of victims', () => {
  const OLD = { startedAt: 0 } as const;

  it.each<[string, Partial<Running>, Partial<Running>]>([
    ['the lower protection', { base: LOW, ...OLD }, { base: NORMAL, startedAt: 9_000 }],
    ['of the tenant that has more than its share', { tenant: 'zeta' }, { startedAt: 9_000 }],
    [
      'of a workflow that is within its soft budget',
      { startedAt: 9_000 },
      { workflow: 'f1', startedAt: 9_999 },
    ],
    ['the one that loses less', { checkpointedAt: LATER - 1 }, { startedAt: 9_000 }],
    ['the one that undoes less', { startedAt: 9_000 }, { startedAt: 9_000, undoMs: 2_000_000, id: 'V0' }],
    ['the one that was preempted less often', { startedAt: 9_000 }, { startedAt: 9_500, preemptCount: 1 }],
    ['the younger', { startedAt: 9_001 }, { startedAt: 9_000 }],
    ['the smaller id', { id: 'A' }, { id: 'B' }],
  ])('begins with %s', (_, first, second) => {
    const budgets = {
      tenants: [{ tenant: 'zeta', sharePercent: 130 }],
      workflows: [{ workflow: 'f1', preempted: 1, softMax: 1 }],
    };
    for (const running of [
      [first, second],
      [second, first],
    ]) {
      const named = running.map((task) => ({ id: task === first ? 'V1' : 'V2', ...task }));
      expect(decided(aScene(named, {}, budgets)).victims[0]?.id).toBe(first.id ?? 'V1');
    }
  });
});

describe('the choice', () => {
  const cpu = (cpuMilli: number): Partial<Running> => ({ usage: amounts({ cpuMilli }) });

  it('takes all that is needed on one worker, or nothing', () => {
    const wants = (cpuMilli: number) => ({ demand: amounts({ cpuMilli }) });
    const running = [cpu(1), cpu(1), cpu(1)];
    expect(decided(aScene(running, wants(3)), { ...DEFAULT_POLICY, floorPercent: 0 }).victims).toHaveLength(
      3,
    );
    const mixed = [cpu(1), { ...cpu(1), base: CRITICAL }, cpu(1)] as const;
    expect(verdict(decided(aScene(mixed, wants(3))))).toBe('infeasible not_enough');
    expect(verdict(decided(aScene(running, wants(4))))).toBe('infeasible no_worker');
  });

  it('gives back victims that turn out not to be needed', () => {
    const running = [
      { ...cpu(1), startedAt: 2 },
      { ...cpu(4), startedAt: 1 },
    ];
    expect(verdict(decided(aScene(running, { demand: amounts({ cpuMilli: 4 }) })))).toBe(
      'preempted victims V2',
    );
  });

  it('takes few large ones when many small ones would break a budget', () => {
    const running = [
      { ...cpu(1), startedAt: 2, tenant: 'zeta' },
      { ...cpu(1), startedAt: 2, tenant: 'zeta' },
      { ...cpu(2), tenant: 'zeta' },
    ];
    const tenants = [{ tenant: 'zeta', sharePercent: 100, tokens: 1 }];
    const snapshot = aScene(running, { demand: amounts({ cpuMilli: 2 }) }, { tenants });
    expect(verdict(decided(snapshot))).toBe('preempted victims V3');
  });

  it('takes the worker with the best set: lower protection before less work lost before fewer victims', () => {
    const on = (id: string, running: Running[]) => aWorker({ id, running });
    const both = (first: Running[], second: Running[]): Snapshot =>
      aSnapshot({
        now: LATER,
        workers: [on('w1', first), on('w2', second)],
        waiting: [aWaiting({ eligible: ['w1', 'w2'], demand: amounts({ cpuMilli: 2 }) })],
      });
    const task = (id: string, given: Partial<Running>): Running => aRunning({ id, ...given });
    const lower = both([task('a', { ...cpu(2), base: NORMAL })], [task('b', cpu(1)), task('c', cpu(1))]);
    expect(decided(lower).worker).toBe('w2');
    const cheaper = both([task('a', cpu(2))], [task('b', { ...cpu(2), checkpointedAt: LATER })]);
    expect(decided(cheaper).worker).toBe('w2');
    const fewer = both([task('a', cpu(1)), task('b', cpu(1))], [task('c', cpu(2))]);
    expect(decided(fewer).worker).toBe('w2');
    expect(decided(both([task('a', cpu(2))], [task('b', cpu(2))])).worker).toBe('w1');
  });

  it('frees no memory by freezing a task', () => {
    const usage = amounts({ memoryMb: 8 });
    const frozen = { usage, suspendable: true, override: { mode: 'suspend' } } as const;
    const snapshot = aScene([frozen], { demand: usage });
    expect(verdict(decided(snapshot))).toBe('infeasible not_enough');
    expect(decided(aScene([frozen])).victims[0]?.mode).toBe('suspend');
  });
});

describe('waiting', () => {
  const ends = (p50Ms: number): Partial<Running> => ({ base: HIGH, remaining: { p50Ms, support: 9 } });

  it('is chosen when the natural end is sooner than a victim could leave', () => {
    const decision = decided(aScene([{}, ends(1_500)]));
    expect(verdict(decision)).toBe('wait_natural natural_end');
    expect(decision).toMatchObject({
      natural: { ms: 1_500, worker: 'w1', support: 9 },
      wakeAt: LATER + 1_500,
    });
  });

  it('is chosen when it is as soon', () => {
    expect(verdict(decided(aScene([{}, ends(2_000)])))).toBe('wait_natural natural_end');
  });

  it('is not chosen when it is later, for critical work whatever it costs', () => {
    const decision = decided(aScene([{}, ends(2_001)]));
    expect(verdict(decision)).toBe('preempted victims V1');
    expect(decision.savedMs).toBe(1);
  });

  it('is chosen by the others when less is saved than lost', () => {
    const high = { base: HIGH } as const;
    const started = LATER - 10_000;
    expect(verdict(decided(aScene([{ startedAt: started }, ends(11_999)], high)))).toBe(
      'wait_natural not_worth_it',
    );
    expect(verdict(decided(aScene([{ startedAt: started }, ends(12_000)], high)))).toBe(
      'preempted victims V1',
    );
  });

  it('asks to be looked at again no sooner than a tenth of a second', () => {
    expect(decided(aScene([{}, ends(0)])).wakeAt).toBe(LATER + 100);
  });
});
