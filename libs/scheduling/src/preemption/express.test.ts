import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterDecisions, aRunning, aWaiting, aWorker, amounts, sumOf } from './builders.arbitraries.ts';
import { goesIn, preemptorOf, roomOn, walked, workerOf } from './by-hand.arbitraries.ts';
import {
  CRITICAL,
  HIGH,
  LATER,
  aReservation,
  aScene,
  decided,
  verdict,
  withClass,
} from './cases.arbitraries.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { Policy } from './policy.ts';
import { scenes } from './preemption.arbitraries.ts';
import { decideRecorded, replay } from './record.ts';
import type { Running, Snapshot, SnapshotWorker, Waiting } from './snapshot.ts';

/** A full worker with one low task and one free express slot. */
const fullWorker = (given: Partial<SnapshotWorker> = {}): SnapshotWorker =>
  aWorker({ running: [aRunning({ id: 'V1' })], express: 1, ...given });

const withExpress = (preemptor: Partial<Waiting> = {}, given: Partial<SnapshotWorker> = {}): Snapshot =>
  aScene([{}], preemptor, { workers: [fullWorker(given)] });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const isExpress = ({ outcome }: { readonly outcome: string }): boolean => outcome === 'express';

describe('an express slot', () => {
  it('starts a critical task at once when all slots are taken, and takes nothing from another task', () => {
    const decision = decided(withExpress());
    expect(decision).toMatchObject({ outcome: 'express', reason: 'express_slot', worker: 'w1', victims: [] });
    expect(decision.reservation).toBeUndefined();
  });

  it('is not used while a slot is free', () => {
    expect(decide(withExpress({}, { capacity: amounts({ slots: 2 }) }), DEFAULT_POLICY)).toEqual([]);
  });

  it('is used by the bands that the policy names, and by critical tasks alone unless it does', () => {
    const snapshot = withExpress({ base: HIGH });
    expect(verdict(decided(snapshot))).toBe('preempted victims V1');
    expect(decided(snapshot, withClass(HIGH, { usesExpress: true })).outcome).toBe('express');
    expect(verdict(decided(withExpress(), withClass(CRITICAL, { usesExpress: false })))).toBe(
      'preempted victims V1',
    );
  });

  it('is used once for each that is offered: the next task preempts', () => {
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', order: 1 })];
    const decisions = decide({ ...withExpress(), waiting }, DEFAULT_POLICY);
    expect(decisions.map(verdict)).toEqual(['express express_slot', 'preempted victims V1']);
  });

  it.each<[string, Partial<Waiting>]>([
    ['that may not preempt', { preempts: false }],
    ['that was preempted and has not run since', { preempted: true }],
    ['that could not run if a slot were free', { blockedBy: 'rate_limit' }],
  ])('is not used by a task %s', (_, preemptor) => {
    expect(decide(withExpress(preemptor), DEFAULT_POLICY)).toEqual([]);
  });

  it('is not used where all that runs has the same band, because the worker could not return to its slot count', () => {
    const running = [aRunning({ id: 'V1', base: CRITICAL })];
    expect(verdict(decided(withExpress({}, { running })))).toBe('infeasible no_candidates');
  });

  it('never exceeds memory or GPUs, and exceeds slots and processors', () => {
    const capacity = { slots: 1, cpuMilli: 1_000, memoryMb: 512, gpu: 1 };
    const usage = { slots: 1, cpuMilli: 1_000, memoryMb: 256, gpu: 0 };
    const running = [aRunning({ id: 'V1', usage })];
    const given = { running, capacity };
    const outcomeOf = (demand: Waiting['demand']): string => decided(withExpress({ demand }, given)).outcome;
    expect(outcomeOf({ slots: 1, cpuMilli: 1_000, memoryMb: 256, gpu: 1 })).toBe('express');
    expect(outcomeOf({ slots: 1, cpuMilli: 0, memoryMb: 257, gpu: 0 })).toBe('preempted');
    expect(outcomeOf({ slots: 1, cpuMilli: 0, memoryMb: 0, gpu: 2 })).toBe('infeasible');
  });

  it('leaves memory that is reserved for another task', () => {
    const capacity = { slots: 1, cpuMilli: 0, memoryMb: 512, gpu: 0 };
    const demand = amounts({ memoryMb: 300 });
    const reservations = [aReservation({ base: CRITICAL, amounts: amounts({ memoryMb: 300 }) })];
    const snapshot = withExpress({ demand }, { capacity });
    expect(decided(snapshot).outcome).toBe('express');
    expect(decided({ ...snapshot, reservations }).outcome).not.toBe('express');
  });

  it('takes the memory that is reserved for the task itself, of which only the slot stays reserved', () => {
    const capacity = { slots: 1, cpuMilli: 0, memoryMb: 512, gpu: 0 };
    const demand = amounts({ memoryMb: 300 });
    const reservations = [aReservation({ task: 'P', base: CRITICAL, amounts: demand })];
    const snapshot = { ...withExpress({ demand }, { capacity }), reservations };
    const decision = decided(snapshot);
    expect(decision.outcome).toBe('express');
    const { reservations: left } = afterDecisions(snapshot, [decision], DEFAULT_POLICY);
    expect(left).toMatchObject([{ task: 'P', amounts: { slots: 1, memoryMb: 0 } }]);
    expect(decide(snapshot, { ...DEFAULT_POLICY, rule: 3 })).toEqual([]);
  });

  it('is closed to other bands than critical while the breaker of the pool is open', () => {
    const policy = withClass(HIGH, { usesExpress: true });
    const pools = [
      { pool: 'default', running: [1, 0, 0, 0], leaving: 0, victims: 0, breakerOpenUntil: LATER + 5 },
    ] as const;
    const outcomeOf = (base: Waiting['base']): string =>
      decided({ ...withExpress({ base }), pools }, policy).outcome;
    expect(outcomeOf(HIGH)).toBe('breaker_open');
    expect(outcomeOf(CRITICAL)).toBe('express');
  });

  it('is taken on the worker with the most of them', () => {
    const workers = ['w1', 'w2', 'w3'].map((id, at) => fullWorker({ id, express: [1, 2, 2][at] ?? 0 }));
    const eligible = ['w1', 'w2', 'w3'];
    expect(decided(aScene([], { eligible }, { workers })).worker).toBe('w2');
  });

  it('starts a task that waits for its victims, because that is sooner', () => {
    const reservations = [aReservation({ task: 'P', base: CRITICAL })];
    expect(decided({ ...withExpress(), reservations }).outcome).toBe('express');
  });

  it('is named in the explanation of the decision', () => {
    expect(explain(decided(withExpress()))).toContain(
      'starts in an express slot of w1, above its slot count',
    );
  });
});

describe('a task that runs in an express slot', () => {
  const runs = { runsInExpress: true } as const;

  it('takes the slot of a victim, which is reserved for it, and no second express slot', () => {
    const decision = decided(withExpress(runs));
    expect(verdict(decision)).toBe('preempted victims V1');
    expect(decision.reservation).toMatchObject({ task: 'P', kind: 'freed', worker: 'w1' });
  });

  it('takes no slot from a task that is about to end', () => {
    const running = [aRunning({ id: 'V1', remaining: { p50Ms: 20, support: 9 } })];
    const decision = decided(withExpress(runs, { running }));
    expect(decision).toMatchObject({ victims: [], candidates: { rejected: { natural: 1 } } });
    expect(decision.natural?.ms).toBe(20);
  });

  it('needs no decision once a slot is free', () => {
    expect(decide(withExpress(runs, { capacity: amounts({ slots: 2 }) }), DEFAULT_POLICY)).toEqual([]);
  });
});

describe('all decisions about express slots', () => {
  const eachExpress = (
    claim: (before: Snapshot, view: SnapshotWorker, preemptor: Waiting, policy: Policy) => void,
  ): void =>
    fc.assert(
      fc.property(scenes, (scene) => {
        for (const [before, decision] of walked(scene).steps)
          if (decision.outcome === 'express')
            claim(before, workerOf(before, decision.worker), preemptorOf(before, decision), scene.policy);
      }),
      { numRuns: 2_000 },
    );

  it('use no more of them than the worker offers', () => {
    eachExpress((_, { express = 0 }) => expect(express).toBeGreaterThan(0));
  });

  it('exceed neither memory nor GPUs, on a worker that fits the task', () => {
    eachExpress((before, view, { id, demand, eligible }) => {
      expect(eligible).toContain(view.id);
      const others = before.reservations.filter(({ task }) => task !== id);
      const room = roomOn({ ...before, reservations: others }, view);
      expect(goesIn({ ...demand, slots: 0, cpuMilli: 0 }, room)).toBe(true);
    });
  });

  it('are made where a task runs that the band may preempt', () => {
    eachExpress((_, { running }, { base }, { classes }) => {
      const mayGiveWay = (task: Running): boolean => classes[base].mayPreempt.includes(task.base);
      expect(running.some(mayGiveWay)).toBe(true);
    });
  });

  it('are made now and then', () => {
    let made = 0;
    eachExpress(() => void made++);
    expect(made).toBeGreaterThan(20);
  });

  it('are the same when they are replayed from their record', () => {
    fc.assert(
      fc.property(scenes, ({ snapshot, policy }) => {
        for (const record of decideRecorded(snapshot, policy, { sha256, wanted: isExpress }).records)
          expect(replay(record, sha256)).toEqual({ same: true });
      }),
      { numRuns: 500 },
    );
  });

  it('leave a worker with one free express slot fewer, and its memory counted', () => {
    const demand = amounts({ memoryMb: 5 });
    const before = withExpress({ demand }, { capacity: amounts({ memoryMb: 9 }) });
    const [view] = afterDecisions(before, decide(before, DEFAULT_POLICY), DEFAULT_POLICY).workers;
    expect(view).toMatchObject({ express: 0, others: { slots: 0, cpuMilli: 0, memoryMb: 5, gpu: 0 } });
    expect(sumOf([view?.others ?? amounts()])).toEqual({ slots: 0, cpuMilli: 0, memoryMb: 5, gpu: 0 });
  });
});
