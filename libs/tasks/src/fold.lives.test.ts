import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnstarted } from './attempts.ts';
import { EnvelopeWriter, readEnvelope } from './envelope.ts';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './records.ts';
import type { SubmittedRecord } from './records.ts';
import { CHECKPOINTS_MAX } from './durable-state.ts';
import { drawnSteps, stepRecordOf } from './durable-state.arbitraries.ts';
import type { DrawnStep } from './durable-state.arbitraries.ts';
import { lives } from './moves.arbitraries.ts';
import type { Move } from './moves.arbitraries.ts';
import { aClass, classes, json, reloaded, viaJson } from './task.arbitraries.ts';
import type { TaskClass } from './task-class.ts';
import type { TaskEffect } from './task.effects.ts';
import { isLeased, isSettled } from './task-state.ts';
import { TaskRow, contextOf } from './task-row.ts';
import { after, effectsOf, fresh, goesOnFrom, ofRow, walk, walkOn } from './walk.arbitraries.ts';
import type { TaskMachineSnapshot } from './walk.arbitraries.ts';

/** The records that may be the first one after the start of a lease that was assigned ahead. */
const TELLS_START = [
  'kept',
  'preempting',
  'rebanded',
  'requeued',
  'retrying',
  'settled',
  'stopping',
] as const;

const submission = (taskClass: TaskClass, payload: unknown): SubmittedRecord => ({
  kind: 'submitted',
  id: 'T1',
  at: 900,
  class: taskClass,
  body: JSON.stringify({ payload }),
  key: 'k',
  expiresAt: 9_000,
});
const rowOf = ({ id, at, class: taskClass, body, key, expiresAt }: SubmittedRecord): TaskRow =>
  new TaskRow({ id, at, class: taskClass, body, key, expiresAt, order: 1 });

const recordsIn = (effects: readonly TaskEffect[]): ChangeRecord[] =>
  effects.flatMap((effect) => (effect.kind === 'journal' ? [effect.record] : []));

/** What a task keeps after each event of its life; a life may be longer than that, and then keeps no more. */
const diaries = fc.array(drawnSteps, { maxLength: 20, size: 'max' });

interface Life {
  readonly moves: readonly Move[];
  readonly diary: readonly (readonly DrawnStep[])[];
  /** Called after each event, with where the machine is. */
  readonly onEvent?: (next: TaskMachineSnapshot) => void;
  /** Called after each record, with the row as it was before. */
  readonly onRecord?: (record: ChangeRecord, before: TaskRow) => void;
}

/** Lives one life twice, in the machine and in a row. */
const liveTwice = (row: TaskRow, { moves, diary, onEvent, onRecord }: Life): ChangeRecord[] => {
  const records: ChangeRecord[] = [];
  const apply = (record: ChangeRecord): void => {
    const before = copyOf(row);
    records.push(record);
    applyRecord(row, record);
    onRecord?.(record, before);
  };
  const admitted = after(fresh(contextOf(row)), { type: 'ADMITTED', at: 950 });
  walkOn(admitted, moves, ({ before, event, next, leasedAt }, index) => {
    for (const record of recordsIn(effectsOf(before, event))) apply(record);
    onEvent?.(next);
    if (!isLeased(row.state)) return next;
    const { at } = event;
    for (const one of diary[index] ?? [])
      apply(stepRecordOf(one, row, { at, leasedAt, seq: records.length + 1 }));
    return goesOnFrom(next, row);
  });
  return records;
};

const copyOf = (row: TaskRow): TaskRow => {
  const { id, class: taskClass, body, order, submittedAt: at } = row;
  return Object.assign(new TaskRow({ id, class: taskClass, body, order, at }), row);
};

/** The records as they come back from the journal, written in entries of `size`. */
const viaJournal = (records: readonly (SubmittedRecord | ChangeRecord)[], size: number) =>
  Array.from({ length: Math.ceil(records.length / size) }, (_, entry) => {
    const writer = new EnvelopeWriter();
    for (const record of records.slice(entry * size, (entry + 1) * size)) writer.add(record);
    return readEnvelope({ text: writer.finish(1, 5_000), seq: entry + 1 }).records;
  }).flat();

describe('the fold', () => {
  it('folds the records of the machine into the state and context of the machine, after every event', () => {
    fc.assert(
      fc.property(classes, lives, diaries, (taskClass, moves, diary) => {
        const row = rowOf(submission(taskClass, null));
        const onEvent = ({ value, context }: TaskMachineSnapshot): void => {
          expect({ state: row.state, ...contextOf(row) }).toEqual({ state: value, ...context });
        };
        liveTwice(row, { moves, diary, onEvent });
      }),
      { numRuns: 300 },
    );
  });

  it('folds records from the journal into the same row as records from memory', () => {
    fc.assert(
      fc.property(
        fc.record({ taskClass: classes, moves: lives, diary: diaries, payload: json }),
        fc.integer({ min: 1, max: 5 }),
        ({ taskClass, payload, ...life }, size) => {
          const submitted = submission(taskClass, payload);
          const row = rowOf(submitted);
          const [first, ...rest] = viaJournal([submitted, ...liveTwice(row, life)], size);
          const replayed = rowOf(first as SubmittedRecord);
          for (const record of rest) applyRecord(replayed, record as ChangeRecord);
          expect(viaJson(replayed)).toEqual(viaJson(row));
          expect(contextOf(replayed)).toEqual(viaJson(contextOf(row)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives a task that is acquired from its row for every event the same life as a task that stayed in an actor', () => {
    fc.assert(
      fc.property(classes, lives, (taskClass, moves) => {
        const row = rowOf(submission(taskClass, null));
        const admitted = after(fresh(contextOf(row)), { type: 'ADMITTED', at: 950 });
        for (const { before, event } of walk(admitted, moves)) {
          const revived = ofRow(row);
          const effects = effectsOf(revived, event);
          expect(viaJson(effects)).toEqual(viaJson(effectsOf(before, event)));
          for (const record of recordsIn(effects)) applyRecord(row, viaJson(record));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('goes on the same from a row that was loaded from a snapshot after every record', () => {
    fc.assert(
      fc.property(classes, lives, diaries, (taskClass, moves, diary) => {
        const submitted = submission(taskClass, null);
        const row = rowOf(submitted);
        let loaded = rowOf(submitted);
        for (const record of liveTwice(row, { moves, diary })) {
          loaded = reloaded(loaded);
          applyRecord(loaded, viaJson(record));
        }
        expect(viaJson(loaded)).toEqual(viaJson(row));
      }),
      { numRuns: 100 },
    );
  });
});

describe('in every life, the durable state of a task', () => {
  /** Runs `check` for every record of many lives. */
  const forEveryRecord = (check: (record: ChangeRecord, before: TaskRow, after: TaskRow) => void): void => {
    fc.assert(
      fc.property(classes, lives, diaries, (taskClass, moves, diary) => {
        const row = rowOf(submission(taskClass, null));
        liveTwice(row, { moves, diary, onRecord: (record, before) => check(record, before, copyOf(row)) });
      }),
      { numRuns: 150 },
    );
  };

  it('sees every case that a life can have: checkpoints, and rollback actions with both kinds of outcomes, from one run to the next', () => {
    const seen = new Set<string>();
    const see = (
      record: ChangeRecord,
      { durable: was }: TaskRow,
      { durable, epoch, state }: TaskRow,
    ): void => {
      const step = record.kind === 'kept' ? record.step : undefined;
      if (durable.checkpoints.length === CHECKPOINTS_MAX) seen.add('two checkpoints');
      if (step?.kind === 'checkpoint' && was.rollbacks.length > 0) seen.add('actions made superfluous');
      if (step?.kind === 'undone')
        seen.add(step.error ? 'an action that failed' : 'an action that was undone');
      if (step?.kind === 'undone' && step.ofEpoch < epoch) seen.add('an action of an earlier lease');
      if (isSettled(state) && was.checkpoints.length > 0) seen.add('checkpoints with a verdict');
      if (isLeased(state) && durable.ranMs > 0 && durable.checkpoints.length > 0) seen.add('a resume');
      if (durable.preemptions > 1 && durable.failedRollbacks.length > 0) seen.add('evidence of a victim');
      if (record.ranMs !== undefined) seen.add(`a start reported by ${record.kind}`);
    };
    for (const [moves, diary] of fc.sample(fc.tuple(lives, diaries), { seed: 1, numRuns: 300 })) {
      const row = rowOf(submission(aClass(), null));
      liveTwice(row, { moves, diary, onRecord: (record, before) => see(record, before, row) });
    }
    expect([...seen].toSorted()).toEqual([
      'a resume',
      ...TELLS_START.map((kind) => `a start reported by ${kind}`),
      'actions made superfluous',
      'an action of an earlier lease',
      'an action that failed',
      'an action that was undone',
      'checkpoints with a verdict',
      'evidence of a victim',
      'two checkpoints',
    ]);
  });

  it('changes nothing else of the row when a step is recorded', () => {
    forEveryRecord((record, before, next) => {
      if (record.kind !== 'kept') return;
      expect([next.state, next.attempt, next.epoch]).toEqual([before.state, before.attempt, before.epoch]);
      if (record.ranMs === undefined) expect(next.run).toBe(before.run);
      else expect(next.run).toEqual({ ...before.run, ahead: undefined, startedAt: record.at - record.ranMs });
      const { checkpoints: _, rollbacks: __, failedRollbacks: ___, ...rest } = next.durable;
      expect(before.durable).toMatchObject(rest);
    });
  });

  it('holds at most two checkpoints, the newer first, and none with a verdict', () => {
    forEveryRecord((_, __, { state, durable: { checkpoints } }) => {
      expect(checkpoints.length).toBeLessThanOrEqual(isSettled(state) ? 0 : CHECKPOINTS_MAX);
      const [newer, older] = checkpoints.map(({ seq }) => seq);
      if (older !== undefined) expect(newer).toBeGreaterThan(older);
    });
  });

  it('drops a rollback action only at a checkpoint or when its outcome is recorded', () => {
    forEveryRecord((record, before, next) => {
      const [was, is] = [before.durable.rollbacks.length, next.durable.rollbacks.length];
      const step = record.kind === 'kept' ? record.step : undefined;
      if (step?.kind === 'checkpoint') expect(is).toBe(0);
      else if (step?.kind === 'undo')
        expect(next.durable.rollbacks).toEqual([...before.durable.rollbacks, step]);
      else if (step?.kind === 'undone') expect(was - is).toBe(step.of === 0 ? 0 : 1);
      else expect(next.durable.rollbacks).toBe(before.durable.rollbacks);
    });
  });

  it('keeps every rollback action that failed', () => {
    forEveryRecord((record, { durable: { failedRollbacks } }, { durable }) => {
      const step = record.kind === 'kept' && record.step.kind === 'undone' ? record.step : undefined;
      const isFailure = step?.error !== undefined && step.of !== 0;
      expect(durable.failedRollbacks.slice(0, failedRollbacks.length)).toEqual(failedRollbacks);
      expect(durable.failedRollbacks).toHaveLength(failedRollbacks.length + (isFailure ? 1 : 0));
    });
  });

  it('counts the runs without a verdict, from the first one that left anything', () => {
    forEveryRecord((record, { durable: was, run }, { durable: is }) => {
      const isEnd = ['preempted', 'requeued', 'retrying'].includes(record.kind) && !isUnstarted(run, record);
      const isInterruption =
        record.kind === 'preempted' || (record.kind === 'requeued' && record.why === 'yielded');
      const left =
        was.segments +
          was.checkpoints.length +
          was.rollbacks.length +
          was.failedRollbacks.length +
          was.ranMs >
        0;
      expect(is.segments - was.segments).toBe(isInterruption || (isEnd && left) ? 1 : 0);
    });
  });

  it('holds the run time of the interrupted runs of the current attempt only', () => {
    fc.assert(
      fc.property(classes, lives, diaries, (taskClass, moves, diary) => {
        const row = rowOf(submission(taskClass, null));
        const took = new Map<number, number>();
        const onRecord = (record: ChangeRecord, before: TaskRow): void => {
          const isFrozen = before.state === 'suspended';
          const startedAt = record.ranMs === undefined ? before.run.startedAt : record.at - record.ranMs;
          const ranMs = isFrozen ? 0 : record.at - (startedAt ?? record.at);
          const { attempt, durable, state } = row;
          const isLeft = isLeased(before.state) && !isLeased(state) && durable.resuming;
          const isPause = (isLeft && !isSettled(state)) || record.kind === 'suspended';
          if (isPause) took.set(attempt, (took.get(attempt) ?? 0) + ranMs);
          if (!isSettled(state)) expect(durable.ranMs).toBe(goesOn(row) ? (took.get(attempt) ?? 0) : 0);
        };
        liveTwice(row, { moves, diary, onRecord });
      }),
      { numRuns: 200 },
    );
  });
  const goesOn = ({ state, durable }: TaskRow): boolean => durable.resuming || isLeased(state);
});
