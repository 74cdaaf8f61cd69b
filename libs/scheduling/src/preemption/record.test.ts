import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson, hash53 } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { DEFAULT_POLICY, RULE_VERSION } from './policy.ts';
import type { Policy } from './policy.ts';
import { aRunning, aSnapshot, aWaiting, aWorker, amounts } from './builders.arbitraries.ts';
import { CRITICAL, aReservation } from './cases.arbitraries.ts';
import { scenes } from './preemption.arbitraries.ts';
import { decideRecorded, replay as replayed } from './record.ts';
import type { DecisionRecord } from './record.ts';
import type { Snapshot } from './snapshot.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

const recordsOf = (snapshot: Snapshot, policy: Policy): DecisionRecord[] =>
  decideRecorded(snapshot, policy, { sha256 }).records;

const replay = (record: DecisionRecord) => replayed(record, sha256);

const viaJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const recorded = (snapshot: Snapshot, policy = DEFAULT_POLICY): DecisionRecord => {
  const [record] = recordsOf(snapshot, policy);
  if (record === undefined) throw new Error('nothing was decided');
  return viaJson(record);
};

/** 100 workers of 10 slots, all busy with low tasks. */
const aFleet = (): Snapshot => {
  const workers = Array.from({ length: 100 }, (_, at) =>
    aWorker({
      id: `w${at}`,
      running: Array.from({ length: 10 }, (_unused, slot) =>
        aRunning({ id: `t${at}-${slot}`, startedAt: -slot }),
      ),
    }),
  );
  return aSnapshot({ workers, waiting: [aWaiting({ eligible: workers.map(({ id }) => id) })] });
};

describe('a record', () => {
  it('replays, after JSON, to the decision that was made', () => {
    fc.assert(
      fc.property(scenes, ({ snapshot, policy }) => {
        const decisions = decide(snapshot, policy);
        const records = recordsOf(snapshot, policy);
        expect(records.map(({ decision }) => decision)).toEqual(decisions);
        for (const record of records) expect(replay(viaJson(record))).toEqual({ same: true });
      }),
      { numRuns: 500 },
    );
  });

  it('holds only what the decision rests on', () => {
    const snapshot = aFleet();
    const record = recorded(snapshot);
    expect(record.decision.candidates).toMatchObject({ total: 1_000, chosen: 1 });
    expect(record.snapshot.workers.length).toBeLessThanOrEqual(3);
    expect(JSON.stringify(record.snapshot).length).toBeLessThan(8_000);
    expect(JSON.stringify(snapshot).length).toBeGreaterThan(150_000);
    expect(replay(record)).toEqual({ same: true });
  });

  it('says which field another rule decides differently', () => {
    const record = recorded(aSnapshot({ workers: [aWorker({ running: [aRunning()] })] }));
    const other = { ...record, decision: { ...record.decision, costMs: 1 } };
    expect(replay(other)).toEqual({
      same: false,
      difference: `rule ${RULE_VERSION}: decisions.0.costMs was 1, is 10`,
    });
    const older = { ...other, rule: 0 };
    expect(replay(older).difference).toBe(`rule 0, now ${RULE_VERSION}: decisions.0.costMs was 1, is 10`);
  });

  it('is not believed when its snapshot or its policy was changed', () => {
    const record = recorded(aSnapshot({ workers: [aWorker({ running: [aRunning()] })] }));
    const moved = { ...record, snapshot: { ...record.snapshot, now: 11 } };
    expect(replay(moved).difference).toMatch(/^the record was changed/);
    const softer = { ...record, policy: { ...record.policy, capPercent: 50 } };
    expect(replay(softer).difference).toMatch(/^the record was changed/);
  });

  it('of an older version is believed by its shorter hash, and not when its snapshot was changed', () => {
    const record = recorded(aSnapshot({ workers: [aWorker({ running: [aRunning()] })] }));
    const short = (value: unknown): string => hash53(canonicalJson(value)).toString(36);
    const older = { ...record, hash: `${short(record.snapshot)}-${short(record.policy)}` };
    expect(replay(older)).toEqual({ same: true });
    expect(replay({ ...older, snapshot: { ...record.snapshot, now: 11 } }).same).toBe(false);
    expect(record.hash).toMatch(/^[\w-]{43}$/);
  });

  it('of a later decision of a round starts where the earlier ones have left the world', () => {
    const workers = [aWorker({ running: [aRunning({ id: 'V1' }), aRunning({ id: 'V2' })] })];
    const waiting = [aWaiting({ id: 'P1' }), aWaiting({ id: 'P2', order: 1 })];
    const snapshot = aSnapshot({ workers, waiting });
    const policy = { ...DEFAULT_POLICY, capMin: 2 };
    const [, second] = recordsOf(snapshot, policy);
    const phases = second?.snapshot.workers[0]?.running.map(({ id, phase }) => [id, phase]);
    expect(phases).toEqual([
      ['V1', 'preempting'],
      ['V2', 'running'],
    ]);
    expect(second?.snapshot.reservations.map(({ task }) => task)).toEqual(['P1']);
  });

  it('keeps a worker that a large task waits for', () => {
    const running = [aRunning({ id: 'a', base: 3 }), aRunning({ id: 'b', base: 3 })];
    const record = recorded(
      aSnapshot({ workers: [aWorker({ running })], waiting: [aWaiting({ demand: amounts({ slots: 2 }) })] }),
    );
    expect(record.decision.reservation?.kind).toBe('held');
    expect(replay(record)).toEqual({ same: true });
  });

  it('of rule 1 is replayed by rule 1: it charged a frozen task for the restore that it does not need', () => {
    const frozen = { suspendable: true, override: { mode: 'suspend' }, restoreMs: 40, undoMs: 5 } as const;
    const snapshot = aSnapshot({ workers: [aWorker({ running: [aRunning(frozen)] })] });
    const { frozenMsMax: _, ...rules } = DEFAULT_POLICY;
    // As such a policy was written then.
    const [then] = recordsOf(snapshot, { ...rules, rule: 1 } as Policy);
    const [now] = recordsOf(snapshot, DEFAULT_POLICY);
    expect(then?.decision).toMatchObject({
      rule: 1,
      costMs: 45,
      victims: [{ mode: 'suspend', restoreMs: 40 }],
    });
    expect(now?.decision).toMatchObject({
      rule: RULE_VERSION,
      costMs: 0,
      victims: [{ mode: 'suspend', restoreMs: 0 }],
    });
    for (const one of [then, now]) expect(one && replay(one)).toEqual({ same: true });
  });

  it('of rule 2 is replayed without express slots, which that rule did not know', () => {
    const workers = [aWorker({ running: [aRunning()], express: 1 })];
    const { excessMs: _, ...rules } = DEFAULT_POLICY;
    const classes = rules.classes.map(
      ({ usesExpress: _used, ...one }) => one,
    ) as unknown as Policy['classes'];
    const [then] = recordsOf(aSnapshot({ workers }), { ...rules, classes, rule: 2 } as Policy);
    expect(then?.decision.outcome).toBe('preempted');
    expect(then && replay(viaJson(then))).toEqual({ same: true });
  });

  it('of rule 3 is replayed by rule 3: it counted what was reserved for a task against its memory in an express slot', () => {
    const demand = amounts({ memoryMb: 300 });
    const capacity = { slots: 1, cpuMilli: 0, memoryMb: 512, gpu: 0 };
    const full = aWorker({ running: [aRunning({ id: 'V1' })], express: 1, capacity });
    const other = aWorker({ id: 'w2', running: [aRunning({ id: 'V2' })], express: 1, capacity });
    const reservations = [aReservation({ task: 'P', base: CRITICAL, amounts: demand })];
    const waiting = [aWaiting({ id: 'P', demand, eligible: ['w1', 'w2'] })];
    const snapshot = aSnapshot({ workers: [full, other], waiting, reservations });
    const [then] = recordsOf(snapshot, { ...DEFAULT_POLICY, rule: 3 });
    const [now] = recordsOf(snapshot, DEFAULT_POLICY);
    expect([then?.decision.worker, now?.decision.worker]).toEqual(['w2', 'w1']);
    for (const one of [then, now]) expect(one && replay(one)).toEqual({ same: true });
  });
});
