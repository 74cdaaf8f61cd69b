import { describe, expect, it } from 'vitest';
import {
  CRITICAL,
  HIGH,
  LATER,
  LOW,
  NORMAL,
  aReservation,
  aScene,
  decided,
  verdict,
} from './cases.arbitraries.ts';
import { decide } from './decide.ts';
import { inspect } from './inspect.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { aRunning, aWaiting, aWorker, amounts, afterDecisions } from './builders.arbitraries.ts';

describe('a reservation', () => {
  it('keeps the freed slot for the preemptor: the next one takes another victim', () => {
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', order: 1 })];
    const policy = { ...DEFAULT_POLICY, capMin: 2 };
    const snapshot = aScene([{}, {}], {}, { waiting });
    const decisions = decide(snapshot, policy);
    expect(decisions.map(verdict)).toEqual(['preempted victims V1', 'preempted victims V2']);
    const end = afterDecisions(snapshot, decisions, policy);
    expect(decide({ ...end, waiting: [aWaiting({ id: 'P3' })] }, policy).map(verdict)).toEqual([
      'infeasible no_candidates',
    ]);
  });

  it('lasts five seconds beyond the last deadline', () => {
    const high = { base: HIGH, startedAt: 0 } as const;
    expect(decided(aScene([{}])).reservation?.expiresAt).toBe(LATER + 2_000 + 2_000 + 5_000);
    expect(decided(aScene([high])).reservation?.expiresAt).toBe(LATER + 60_000 + 5_000);
  });

  it('is stolen by a strictly higher base only, and its holder is decided anew', () => {
    const reservations = [aReservation({ task: 'P2' })];
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', base: HIGH })];
    const running = [{ phase: 'preempting', endsBy: LATER + 9 }, {}] as const;
    const [taker, loser] = decide(aScene(running, {}, { reservations, waiting }), {
      ...DEFAULT_POLICY,
      capMin: 2,
    });
    expect(taker).toMatchObject({
      outcome: 'reservation_stolen',
      stolen: [{ task: 'P2', base: HIGH }],
      victims: [],
    });
    expect(loser && [verdict(loser), loser.trigger]).toEqual(['preempted victims V2', 'reservation_stolen']);
    const equal = aScene(running, {}, { reservations: [aReservation({ task: 'R', base: CRITICAL })] });
    expect(verdict(decided(equal))).toBe('preempted victims V2');
  });

  it('that was stolen is made again without new victims where there is room', () => {
    const reservations = [aReservation({ task: 'P2' })];
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', base: HIGH, eligible: ['w1', 'w2'] })];
    const snapshot = aScene([{ phase: 'preempting', endsBy: LATER + 9 }], {}, { reservations, waiting });
    const spare = aWorker({ id: 'w2', running: [aRunning({ id: 'S', phase: 'stopping', endsBy: LATER })] });
    const [, loser] = decide({ ...snapshot, workers: [...snapshot.workers, spare] }, DEFAULT_POLICY);
    expect(loser).toMatchObject({ outcome: 'reclaim_idle', worker: 'w2', trigger: 'reservation_stolen' });
  });

  it('keeps a worker for a large task, so that small ones cannot starve it', () => {
    const large = { base: NORMAL, demand: amounts({ slots: 2 }), waitingSince: 0 } as const;
    const snapshot = aScene([{ base: NORMAL }, { base: NORMAL }], large);
    const decision = decided(snapshot);
    expect(decision.reservation).toMatchObject({
      kind: 'held',
      task: 'P',
      worker: 'w1',
      expiresAt: LATER + 30_000,
    });
    const held = afterDecisions(snapshot, [decision], DEFAULT_POLICY);
    const oneLeft = held.workers.map((view) => ({ ...view, running: view.running.slice(1) }));
    const small = aWaiting({ id: 'S', base: NORMAL });
    expect(
      inspect({ ...held, workers: oneLeft, waiting: [small] }, DEFAULT_POLICY, 'S').skip,
    ).toBeUndefined();
  });

  it('keeps no worker for a task that needs only one other to end, nor before it has waited', () => {
    const small = aScene([{ base: NORMAL }], { base: NORMAL });
    expect(decided(small).reservation).toBeUndefined();
    const early = { base: NORMAL, demand: amounts({ slots: 2 }), waitingSince: LATER - 29_999 } as const;
    expect(decided(aScene([{ base: NORMAL }, { base: NORMAL }], early)).reservation).toBeUndefined();
  });

  it('keeps no worker for a task that fits when one of those has ended to whom the worker is promised', () => {
    const reservations = [aReservation({ base: CRITICAL, amounts: amounts({ cpuMilli: 1 }) })];
    const leaving = [{ phase: 'preempting', usage: amounts({ cpuMilli: 1 }) }] as const;
    const snapshot = aScene(leaving, { demand: amounts({ cpuMilli: 1 }) }, { reservations });
    expect(decided(snapshot).reservation).toBeUndefined();
  });

  it('is made for a large task that may not preempt, too, and for one at a time', () => {
    const large = { base: LOW, demand: amounts({ slots: 2 }), waitingSince: 0 } as const;
    const running = [{ base: LOW }, { base: LOW }] as const;
    expect(verdict(decided(aScene(running, large)))).toBe('wait_natural held');
    const other = aReservation({ kind: 'held', base: LOW, worker: 'w9' });
    expect(decide(aScene(running, large, { reservations: [other] }), DEFAULT_POLICY)).toEqual([]);
  });
});

describe('a round', () => {
  it('serves the higher band first, then who has waited longest', () => {
    const waiting = [
      aWaiting({ id: 'normal', base: NORMAL, order: 0, waitingSince: 0 }),
      aWaiting({ id: 'late', base: HIGH, order: 2 }),
      aWaiting({ id: 'early', base: HIGH, order: 1 }),
      aWaiting({ id: 'critical', base: CRITICAL, order: 3 }),
    ];
    const snapshot = aScene([{}, {}, {}, {}], {}, { waiting });
    const decisions = decide(snapshot, { ...DEFAULT_POLICY, capPercent: 100 });
    expect(decisions.map(({ preemptor }) => preemptor.id)).toEqual(['critical', 'early', 'late', 'normal']);
  });

  it('looks at the next of a queue only when the one before is served', () => {
    const behind = { queue: 'q', eligible: ['w1'] } as const;
    const waiting = [aWaiting({ id: 'P1', ...behind }), aWaiting({ id: 'P2', order: 1, ...behind })];
    const decisions = decide(aScene([{ base: CRITICAL }], {}, { waiting }), DEFAULT_POLICY);
    expect(decisions.map(({ preemptor }) => preemptor.id)).toEqual(['P1']);
  });

  it('says what a victim loses, and until when it has to leave', () => {
    const running = [
      { checkpointedAt: LATER - 300, restoreMs: 40, undoMs: 5, workflow: 'f1', tenant: 'acme' },
    ];
    expect(decided(aScene(running)).victims).toEqual([
      {
        id: 'V1',
        base: LOW,
        protection: LOW,
        pool: 'default',
        tenant: 'acme',
        workflow: 'f1',
        requested: 'immediate',
        mode: 'immediate',
        signalAt: LATER,
        deadline: LATER + 4_000,
        graceMs: 2_000,
        lostMs: 300,
        restoreMs: 40,
        undoMs: 5,
        runMs: LATER,
        preemptCount: 0,
      },
    ]);
    expect(decided(aScene(running)).costMs).toBe(345);
  });
});
