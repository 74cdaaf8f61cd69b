import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { EnvelopeWriter, readEnvelope } from './envelope.ts';
import { JOURNAL_VERSION } from './records.ts';
import type { JournalRecord, SubmittedRecord } from './records.ts';
import { aClass, classes, json, modes, viaJson } from './task.arbitraries.ts';
import type { TaskClass } from './task-class.ts';
import type { VictimEnd } from './task-state.ts';

const submitted = (id: string, taskClass: TaskClass, body: object = {}): SubmittedRecord => ({
  kind: 'submitted',
  id,
  at: 1_000,
  class: taskClass,
  body: JSON.stringify(body),
});
const write = (records: readonly JournalRecord[]): string => {
  const writer = new EnvelopeWriter();
  for (const record of records) writer.add(record);
  return writer.finish(7, 2_000);
};
const entry = (given: object): string =>
  JSON.stringify({ v: JOURNAL_VERSION, epoch: 1, at: 1, classes: [], records: [], ...given });
const refusalOf = (text: string, seq = 42): unknown => {
  try {
    return readEnvelope({ text, seq });
  } catch (error) {
    return isAppError(error) ? [error.code, error.message, error.extras.details] : error;
  }
};

const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,26}$/);
const times = fc.nat(2 ** 45);
const texts = fc.string({ unit: 'binary', maxLength: 8 });
const problems = fc.record({
  code: fc.constant('HANDLER_FAILED' as const),
  message: texts,
  details: fc.dictionary(texts, json),
});
const ofTask = { id: ids, at: times };

const ends: fc.Arbitrary<VictimEnd> = fc.constantFrom(
  'yielded',
  'suspended',
  'finished_in_grace',
  'failed_in_grace',
  'aborted',
  'killed',
  'lost_worker',
);
const counts = { epoch: fc.nat(), seq: fc.nat() };

/** What a task keeps, with whatever may be in it. */
const steps = fc.oneof(
  fc.record(
    {
      kind: fc.constant('checkpoint' as const),
      ...counts,
      at: times,
      hash: texts,
      version: texts,
      bytes: fc.nat(),
      state: json,
      ref: texts,
      fraction: fc.constantFrom(0, 0.25, 1),
    },
    { requiredKeys: ['kind', 'epoch', 'seq', 'at', 'hash', 'version', 'bytes'] },
  ),
  fc.record(
    { kind: fc.constant('undo' as const), ...counts, name: texts, payload: json },
    { requiredKeys: ['kind', 'epoch', 'seq', 'name'] },
  ),
  fc.record({
    kind: fc.constant('undone' as const),
    epoch: fc.nat(),
    of: fc.nat(),
    ofEpoch: fc.nat(),
    error: fc.option(problems, { nil: undefined }),
  }),
);

/** Every kind of record with whatever its fields may hold; `some` share the classes, as tasks do. */
const records = (some: readonly TaskClass[]): fc.Arbitrary<JournalRecord> =>
  fc.oneof(
    fc.record({
      kind: fc.constant('submitted' as const),
      ...ofTask,
      class: fc.constantFrom(...some),
      body: fc.record({ name: texts, payload: json }).map((body) => JSON.stringify(body)),
      key: fc.option(texts, { nil: undefined }),
      expiresAt: fc.option(times, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('rejected' as const),
      ...ofTask,
      band: fc.constant('low' as const),
      error: problems,
      excerpt: texts,
    }),
    fc.record({
      kind: fc.constant('leased' as const),
      ...ofTask,
      worker: ids,
      session: ids,
      epoch: fc.nat(),
    }),
    fc.record({
      kind: fc.constant('stopping' as const),
      ...ofTask,
      stop: fc.constantFrom('cancel' as const, 'timeout' as const, 'heartbeat' as const, 'total' as const),
      reason: fc.option(texts, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('requeued' as const),
      ...ofTask,
      why: fc.constantFrom('returned' as const, 'lost' as const, 'yielded' as const),
    }),
    fc.record({
      kind: fc.constant('retrying' as const),
      ...ofTask,
      dueAt: times,
      error: problems,
      end: fc.option(fc.constant('failed_in_grace' as const), { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('due' as const), ...ofTask }),
    fc.record({
      kind: fc.constant('settled' as const),
      ...ofTask,
      state: fc.constantFrom(
        'completed' as const,
        'failed' as const,
        'cancelled' as const,
        'timed_out' as const,
      ),
      result: fc.option(json, { nil: undefined }),
      error: fc.option(problems, { nil: undefined }),
      end: fc.option(ends, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('preempting' as const),
      ...ofTask,
      decision: ids,
      mode: modes,
      deadline: times,
    }),
    fc.record({ kind: fc.constant('spared' as const), ...ofTask }),
    fc.record({ kind: fc.constant('preempted' as const), ...ofTask, end: ends, dueAt: times }),
    fc.record({ kind: fc.constant('kept' as const), ...ofTask, step: steps }),
    fc.record({ kind: fc.constant('decided' as const), ...ofTask, decision: ids, record: json }),
    fc.record({ kind: fc.constant('deleted' as const), ...ofTask, namespace: ids }),
    fc.record({ kind: fc.constant('epoch' as const), at: times, epoch: fc.nat(), owner: texts }),
  );
const entries = fc
  .array(classes, { minLength: 1, maxLength: 3 })
  .chain((some) => fc.array(records(some), { maxLength: 20 }));

describe('a journal entry', () => {
  it('is read as the records that were written', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const read = readEnvelope({ text: write(given), seq: 1 });
        expect(read).toMatchObject({ v: JOURNAL_VERSION, epoch: 7, at: 2_000 });
        expect(viaJson(read.records)).toEqual(viaJson(given));
      }),
    );
  });

  it('is the same text when the records that were read are written again', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const text = write(given);
        const read = readEnvelope({ text, seq: 1 }).records;
        expect(write(read)).toBe(text);
      }),
    );
  });

  it('holds a class once, however many tasks share it, and gives them one object', () => {
    const [email, report] = [aClass(), aClass({ type: 'report.build' })];
    const text = write([submitted('A', email), submitted('B', report), submitted('C', email)]);
    expect(text.match(/"project":/g)).toHaveLength(2);
    const [a, b, c] = readEnvelope({ text, seq: 1 }).records as [
      SubmittedRecord,
      SubmittedRecord,
      SubmittedRecord,
    ];
    expect([a.class, b.class]).toEqual([email, report]);
    expect(c.class).toBe(a.class);
  });

  it('has one record on each line, so that people can read a journal', () => {
    const lines = write([submitted('A', aClass()), { kind: 'due', id: 'A', at: 1 }]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('{"kind":"due","id":"A","at":1}]}');
  });

  it('may be empty', () => {
    expect(readEnvelope({ text: write([]), seq: 1 })).toEqual({
      v: JOURNAL_VERSION,
      epoch: 7,
      at: 2_000,
      records: [],
    });
  });

  it('has no records when no engine appended it, whatever its text says', () => {
    const text = write([{ kind: 'due', id: 'A', at: 1 }]);
    for (const foreign of [text, 'hello', '']) {
      expect(readEnvelope({ text: foreign, seq: 3, isVoid: true })).toMatchObject({ epoch: 0, records: [] });
    }
  });

  it('reports its count of records, and its size without the frame', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const writer = new EnvelopeWriter();
        for (const record of given) writer.add(record);
        const text = writer.finish(7, 2_000);
        expect(writer.count).toBe(given.length);
        expect(text.length - writer.size).toBe(write([]).length);
      }),
    );
  });
});

describe('a journal entry that cannot be read', () => {
  const due = { kind: 'due', id: 'A', at: 1 };
  const task = { kind: 'submitted', id: 'A', at: 1, class: 0, body: {} };
  const { class: _, ...classless } = task;
  const { body: __, ...bodiless } = task;
  const notAnEnvelope = /^journal entry 42 is not an envelope$/;

  it.each<[says: string, text: string, message: RegExp]>([
    ['empty', '', /^journal entry 42 is not JSON$/],
    ['cut short', write([submitted('A', aClass())]).slice(0, -1), /is not JSON/],
    ['null', 'null', notAnEnvelope],
    ['an array', '[]', notAnEnvelope],
    ['a number', '7', notAnEnvelope],
    ['without a version', '{"epoch":1,"at":1,"classes":[],"records":[]}', notAnEnvelope],
    ['of a strange version', entry({ v: '1' }), notAnEnvelope],
    ['without an epoch', entry({ epoch: undefined }), notAnEnvelope],
    ['without a time', entry({ at: null }), notAnEnvelope],
    ['without classes', entry({ classes: undefined, records: [task] }), notAnEnvelope],
    ['without records', entry({ records: {} }), notAnEnvelope],
    [
      'with a record that is none',
      entry({ records: [due, null] }),
      /^journal entry 42 holds no record at 1$/,
    ],
    ['with a record of no kind', entry({ records: [{ id: 'A', at: 1 }] }), /holds no record at 0/],
    [
      'with a record of an unknown kind',
      entry({ records: [{ ...due, kind: 'promoted' }] }),
      /holds no record at 0/,
    ],
    [
      'with a record of an inherited kind',
      entry({ records: [{ ...due, kind: 'toString' }] }),
      /holds no record at 0/,
    ],
    ['with a record of no task', entry({ records: [{ kind: 'due', at: 1 }] }), /holds no record at 0/],
    ['with a record of no time', entry({ records: [{ kind: 'due', id: 'A' }] }), /holds no record at 0/],
    [
      'with a step that is none',
      entry({ records: [{ kind: 'kept', id: 'A', at: 1, step: null }] }),
      /holds no record at 0/,
    ],
    [
      'with a step of an unknown kind',
      entry({ records: [{ kind: 'kept', id: 'A', at: 1, step: { kind: 'redo', epoch: 1, seq: 1 } }] }),
      /holds no record at 0/,
    ],
    [
      'with a deletion in no namespace',
      entry({ records: [{ kind: 'deleted', id: 'A', at: 1 }] }),
      /holds no record at 0/,
    ],
    ['with a class that is not there', entry({ records: [task] }), /^journal entry 42 names class 0 of 0$/],
    ['with a task of no class', entry({ classes: [{}], records: [classless] }), /names class undefined of 1/],
    [
      'with a class that is no index',
      entry({ classes: [{}], records: [{ ...task, class: null }] }),
      /names class null of 1/,
    ],
    ['with a class that is no object', entry({ classes: [7], records: [task] }), /names class 0 of 1/],
    [
      'with a task of no body',
      entry({ classes: [{}], records: [bodiless] }),
      /^journal entry 42 holds no body for task A$/,
    ],
  ])('stops the reader with its sequence because it is %s', (_says, text, message) => {
    expect(refusalOf(text)).toEqual(['JOURNAL_CORRUPT', expect.stringMatching(message), { seq: 42 }]);
  });

  it('is reported as too new and not as corrupt when its version is newer, however different it looks', () => {
    const tooNew = ['DATA_TOO_NEW', 'journal entry 42 has version 6, this engine reads up to 5', { seq: 42 }];
    expect(refusalOf(entry({ v: 6 }))).toEqual(tooNew);
    expect(refusalOf('{"v":6,"facts":"in another shape"}')).toEqual(tooNew);
  });

  it('throws an AppError and no other error, wherever a bit was lost', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.string({ maxLength: 2 }), (given, place, damage) => {
        const text = write(given);
        const at = place % text.length;
        const refusal = refusalOf(text.slice(0, at) + damage + text.slice(at + 1));
        const isRefused =
          Array.isArray(refusal) && ['JOURNAL_CORRUPT', 'DATA_TOO_NEW'].includes(String(refusal[0]));
        expect(isRefused || (typeof refusal === 'object' && refusal !== null && 'records' in refusal)).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });
});
