import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnvelopeWriter, readEnvelope } from './envelope.ts';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './fold.ts';
import type { SubmittedRecord } from './records.ts';
import { aContext, aRow, classes, json, lives, viaJson } from './task.arbitraries.ts';
import type { Move } from './task.arbitraries.ts';
import type { TaskClass } from './task-class.ts';
import { taskEffects } from './task.effects.ts';
import type { TaskEffect } from './task.effects.ts';
import { taskMachine } from './task.machine.ts';
import type { TaskEventOf } from './task.machine.ts';
import { NO_RUN, TaskRow, contextOf } from './task-row.ts';
import type { TaskRun } from './task-row.ts';
import { after, fresh, walk } from './walk.arbitraries.ts';
import type { TaskMachineSnapshot } from './walk.arbitraries.ts';

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

const effectsOf = (
  id: string,
  before: TaskMachineSnapshot,
  event: TaskEventOf,
  next: TaskMachineSnapshot,
): TaskEffect[] => {
  const moment = ({ value, context }: TaskMachineSnapshot) => ({ state: value, context });
  return taskEffects(id, moment(before), event, moment(next));
};
const recordsIn = (effects: readonly TaskEffect[]): ChangeRecord[] =>
  effects.flatMap((effect) => (effect.kind === 'journal' ? [effect.record] : []));

/** Lives one life twice, in the machine and in a row, and compares them after every event. */
const liveTwice = (row: TaskRow, moves: readonly Move[]): ChangeRecord[] => {
  const records: ChangeRecord[] = [];
  const admitted = after(fresh(contextOf(row)), { type: 'ADMITTED', at: 950 });
  for (const { before, event, next } of walk(admitted, moves)) {
    for (const record of recordsIn(effectsOf(row.id, before, event, next))) {
      records.push(record);
      applyRecord(row, record);
    }
    expect({ state: row.state, ...contextOf(row) }).toEqual({ state: next.value, ...next.context });
  }
  return records;
};

/** The records as they come back from the journal, written in entries of `size`. */
const viaJournal = (records: readonly (SubmittedRecord | ChangeRecord)[], size: number) =>
  Array.from({ length: Math.ceil(records.length / size) }, (_, entry) => {
    const writer = new EnvelopeWriter();
    for (const record of records.slice(entry * size, (entry + 1) * size)) writer.add(record);
    return readEnvelope(writer.finish(1, 5_000), entry + 1).records;
  }).flat();

describe('the fold', () => {
  it('of what the machine wrote is where the machine is, after every event', () => {
    fc.assert(
      fc.property(classes, lives, (taskClass, moves) => {
        liveTwice(rowOf(submission(taskClass, null)), moves);
      }),
      { numRuns: 300 },
    );
  });

  it('of what comes back from the journal is the same row', () => {
    fc.assert(
      fc.property(classes, lives, json, fc.integer({ min: 1, max: 5 }), (taskClass, moves, payload, size) => {
        const submitted = submission(taskClass, payload);
        const row = rowOf(submitted);
        const [first, ...rest] = viaJournal([submitted, ...liveTwice(row, moves)], size);
        const replayed = rowOf(first as SubmittedRecord);
        for (const record of rest) applyRecord(replayed, record as ChangeRecord);
        expect(viaJson(replayed)).toEqual(viaJson(row));
        expect(contextOf(replayed)).toEqual(viaJson(contextOf(row)));
      }),
      { numRuns: 200 },
    );
  });

  it('brings a task back to life where it was: one revived for every event lives as one that stayed alive', () => {
    fc.assert(
      fc.property(classes, lives, (taskClass, moves) => {
        const row = rowOf(submission(taskClass, null));
        const admitted = after(fresh(contextOf(row)), { type: 'ADMITTED', at: 950 });
        for (const { before, event, next } of walk(admitted, moves)) {
          const revived = taskMachine.resolveState({ value: row.state, context: contextOf(row) });
          const effects = effectsOf(row.id, revived, event, after(revived, event));
          expect(viaJson(effects)).toEqual(viaJson(effectsOf(row.id, before, event, next)));
          for (const record of recordsIn(effects)) applyRecord(row, viaJson(record));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a record', () => {
  const T1 = { id: 'T1', at: 5_000 } as const;
  const error = { code: 'HANDLER_FAILED', message: 'boom' } as const;
  const leased: ChangeRecord = { kind: 'leased', ...T1, at: 4_000, worker: 'W1', session: 'S1', epoch: 7 };
  const run = { worker: 'W1', session: 'S1', startedAt: 4_000 };

  const afterAll = (...records: ChangeRecord[]): TaskRow => {
    const row = aRow();
    for (const record of records) applyRecord(row, record);
    return row;
  };

  it.each<[kind: string, records: ChangeRecord[], state: string, run: TaskRun, counts: Partial<TaskRow>]>([
    ['leased', [leased], 'running', run, { attempt: 1, epoch: 7 }],
    [
      'requeued, returned',
      [leased, { kind: 'requeued', ...T1, why: 'returned' }],
      'queued',
      {},
      { attempt: 1, losses: 0 },
    ],
    [
      'requeued, lost',
      [leased, { kind: 'requeued', ...T1, why: 'lost' }],
      'queued',
      {},
      { attempt: 1, losses: 1 },
    ],
    [
      'stopping',
      [leased, { kind: 'stopping', ...T1, stop: 'cancel', reason: 'asked' }],
      'stopping',
      { ...run, stop: 'cancel', stoppedAt: 5_000, reason: 'asked' },
      { epoch: 7 },
    ],
    [
      'retrying',
      [leased, { kind: 'retrying', ...T1, dueAt: 6_000, error }],
      'retrying',
      { dueAt: 6_000, error },
      { retries: 1, attempt: 1 },
    ],
    [
      'due',
      [leased, { kind: 'retrying', ...T1, dueAt: 6_000, error }, { kind: 'due', ...T1, at: 6_000 }],
      'queued',
      { error },
      { retries: 1 },
    ],
    [
      'leased, a second time',
      [
        leased,
        { kind: 'retrying', ...T1, dueAt: 6_000, error },
        { kind: 'due', ...T1 },
        { ...leased, epoch: 8 },
      ],
      'running',
      { ...run, error },
      { attempt: 2, epoch: 8 },
    ],
    [
      'settled, with a result',
      [leased, { kind: 'settled', ...T1, state: 'completed', result: 42 }],
      'completed',
      { worker: 'W1', startedAt: 4_000, settledAt: 5_000, result: 42 },
      { attempt: 1 },
    ],
    [
      'settled, with an error',
      [
        leased,
        { kind: 'stopping', ...T1, stop: 'total' },
        { kind: 'settled', ...T1, state: 'timed_out', error },
      ],
      'timed_out',
      { worker: 'W1', startedAt: 4_000, settledAt: 5_000, error },
      { retries: 0 },
    ],
  ])('of kind %s', (...[, records, state, expectedRun, counts]) => {
    const row = afterAll(...records);
    expect(row.state).toBe(state);
    expect(row.run).toEqual(expectedRun);
    expect(row).toMatchObject(counts);
  });

  it('never writes to the run that waiting tasks share', () => {
    expect(Object.isFrozen(NO_RUN)).toBe(true);
    const row = afterAll(leased, { kind: 'requeued', ...T1, why: 'returned' });
    expect(row.run).toBe(NO_RUN);
    expect(aRow().run).toBe(NO_RUN);
  });

  it('says all that the machine must know', () => {
    expect(contextOf(aRow())).toEqual(aContext());
    expect(contextOf(afterAll(leased, { kind: 'stopping', ...T1, stop: 'timeout' }))).toEqual(
      aContext({ attempt: 1, epoch: 7, worker: 'W1', stop: 'timeout' }),
    );
  });
});
