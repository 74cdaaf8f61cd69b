import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EnvelopeWriter, readEnvelope } from './envelope.ts';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './records.ts';
import {
  AHEAD,
  DEFINED,
  DEPENDING,
  DELETED,
  FROZEN,
  REBANDED,
  RUNS,
  RECORDS,
  VALIDATED,
  boom,
  checkpoint,
  inStore,
  rollback,
  tuned,
} from './golden-records.arbitraries.ts';
import { NO_DURABLE_STATE } from './durable-state.ts';
import type { JournalRecord, SubmittedRecord } from './records.ts';
import { TaskRow } from './task-row.ts';

/**
 * The journal as each version writes it. Journals outlive engines, so these files are never edited: a change of the format
 * raises the version, and the new one gets a file of its own. `UPDATE_GOLDEN=1` writes the latest, before its first release
 * only.
 */
const FIRST = new URL('./golden/journal-v1.json', import.meta.url);
const SECOND = new URL('./golden/journal-v2.json', import.meta.url);
const THIRD = new URL('./golden/journal-v3.json', import.meta.url);
const FOURTH = new URL('./golden/journal-v4.json', import.meta.url);
const LATEST = new URL('./golden/journal-v5.json', import.meta.url);

const written = (): string => {
  const writer = new EnvelopeWriter();
  for (const record of [
    ...RECORDS,
    ...FROZEN,
    ...DELETED,
    ...AHEAD,
    ...DEPENDING,
    ...DEFINED,
    ...REBANDED,
    ...VALIDATED,
    ...RUNS,
  ])
    writer.add(record);
  return writer.finish(3, 10_000);
};
const first = (): string => readFileSync(FIRST, 'utf8');
const second = (): string => readFileSync(SECOND, 'utf8');
const third = (): string => readFileSync(THIRD, 'utf8');
const fourth = (): string => readFileSync(FOURTH, 'utf8');
const latest = (): string => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(LATEST, written());
  return readFileSync(LATEST, 'utf8');
};

const changes = (record: JournalRecord): record is ChangeRecord =>
  !['submitted', 'rejected', 'decided', 'deleted', 'definition', 'run', 'epoch'].includes(record.kind);

/** What the golden entry leaves of each task. */
const rowsOf = (text: string): TaskRow[] => {
  const rows = new Map<string, TaskRow>();
  for (const record of readEnvelope({ text, seq: 1 }).records) {
    if (record.kind === 'submitted') rows.set(record.id, rowOf(record, rows.size + 1));
    else if (changes(record)) {
      const row = rows.get(record.id);
      if (row) applyRecord(row, record);
    }
  }
  return [...rows.values()];
};
const rowOf = (
  { id, at, class: taskClass, body: text, key, expiresAt, edges }: SubmittedRecord,
  order: number,
): TaskRow => new TaskRow({ id, at, class: taskClass, body: text, key, expiresAt, edges, order });

const VERSIONS = [
  { version: 1, at: 4_200, golden: first, more: [], kinds: [] },
  { version: 2, at: 6_000, golden: second, more: FROZEN, kinds: ['resumed', 'suspended'] },
  {
    version: 3,
    at: 8_000,
    golden: third,
    more: [...FROZEN, ...DELETED, ...AHEAD],
    kinds: ['deleted', 'resumed', 'suspended'],
  },
  {
    version: 4,
    at: 9_000,
    golden: fourth,
    more: [...FROZEN, ...DELETED, ...AHEAD, ...DEPENDING],
    kinds: ['deleted', 'edge', 'ready', 'resumed', 'suspended'],
  },
  {
    version: 5,
    at: 10_000,
    golden: latest,
    more: [...FROZEN, ...DELETED, ...AHEAD, ...DEPENDING, ...DEFINED, ...REBANDED, ...VALIDATED, ...RUNS],
    kinds: ['definition', 'deleted', 'edge', 'ready', 'rebanded', 'resumed', 'run', 'suspended'],
  },
];

describe.each(VERSIONS)(
  'the journal of version $version',
  ({ version, at: writtenAt, golden, more, kinds: since1 }) => {
    it('holds every kind of record of its version', () => {
      const kinds = new Set(readEnvelope({ text: golden(), seq: 1 }).records.map(({ kind }) => kind));
      const expected = [
        'decided',
        'due',
        'epoch',
        'kept',
        'leased',
        'preempted',
        'preempting',
        'rejected',
        'requeued',
        'retrying',
        'settled',
        'spared',
        'stopping',
        'submitted',
      ];
      expect([...kinds].toSorted()).toEqual([...expected, ...since1].toSorted());
    });

    it('is still read without an error', () => {
      const { v, epoch, at, records } = readEnvelope({ text: golden(), seq: 1 });
      expect([v, epoch, at]).toEqual([version, 3, writtenAt]);
      expect(records).toEqual([...RECORDS, ...more]);
    });

    it('still folds into the same rows', () => {
      const facts = rowsOf(golden())
        .slice(0, 4)
        .map(({ id, state, attempt, retries, losses, epoch, run }) => ({
          id,
          state,
          counts: [attempt, retries, losses, epoch],
          run,
        }));
      expect(facts).toEqual([
        {
          id: 'A',
          state: 'completed',
          counts: [1, 0, 0, 1],
          run: { worker: 'w-1', startedAt: 1_010, settledAt: 1_020, result: { sent: true } },
        },
        {
          id: 'B',
          state: 'cancelled',
          counts: [2, 1, 0, 2],
          run: {
            worker: 'w-2',
            startedAt: 2_040,
            settledAt: 2_080,
            error: { code: 'CANCELLED', message: 'cancelled: no' },
          },
        },
        { id: 'C', state: 'queued', counts: [2, 0, 1, 2], run: {} },
        {
          id: 'D',
          state: 'completed',
          counts: [1, 0, 0, 1],
          run: { worker: 'w-1', startedAt: 2_060, settledAt: 2_061 },
        },
      ]);
    });

    it('still folds into the same victims, with the same durable state', () => {
      const facts = rowsOf(golden())
        .slice(4, 9)
        .map(({ id, state, attempt, retries, epoch, run, durable }) => ({
          id,
          state,
          counts: [attempt, retries, epoch],
          run,
          durable,
        }));
      const ran = { worker: 'w-1', startedAt: 3_010 };
      const interrupted = { ...NO_DURABLE_STATE, segments: 1, session: 'S1' };
      const durable = {
        ...interrupted,
        checkpoints: [inStore, checkpoint],
        failedRollbacks: [{ rollback, error: boom }],
        ranMs: 85,
        preemptions: 1,
        decision: 'D1',
      };
      const again = { worker: 'w-2', session: 'S2', startedAt: 4_100 };
      expect(facts).toEqual([
        { id: 'E', state: 'running', counts: [1, 0, 2], run: again, durable: { ...durable, resuming: true } },
        {
          id: 'F',
          state: 'completed',
          counts: [1, 0, 1],
          run: { ...ran, settledAt: 3_060 },
          durable: NO_DURABLE_STATE,
        },
        {
          id: 'G',
          state: 'retrying',
          counts: [1, 1, 1],
          run: { dueAt: 4_070, error: boom },
          durable: NO_DURABLE_STATE,
        },
        {
          id: 'H',
          state: 'running',
          counts: [1, 0, 1],
          run: { ...ran, session: 'S1' },
          durable: NO_DURABLE_STATE,
        },
        {
          id: 'I',
          state: 'queued',
          counts: [1, 0, 1],
          run: {},
          durable: { ...interrupted, resuming: true, ranMs: 86 },
        },
      ]);
    });

    it('still has the rules of preemption of the task that named some, and none of the others', () => {
      const [a, , , , e] = rowsOf(golden());
      expect(e?.class.preemption).toEqual(tuned.preemption);
      expect(a?.class).not.toHaveProperty('preemption');
    });
  },
);

describe('the latest journal', () => {
  it('is still written, byte for byte', () => {
    expect(written()).toBe(latest());
  });

  it('still folds into the same suspended tasks', () => {
    const facts = rowsOf(latest())
      .slice(9, 12)
      .map(({ id, state, attempt, epoch, run, durable }) => ({
        id,
        state,
        counts: [attempt, epoch],
        run,
        durable,
      }));
    const lease = { worker: 'w-1', session: 'S1' };
    const durable = { ...NO_DURABLE_STATE, ranMs: 20, preemptions: 1, session: 'S1', decision: 'D2' };
    const order = { decision: 'D2', mode: 'suspend', deadline: 5_900, frozen: true };
    expect(facts).toEqual([
      { id: 'J', state: 'running', counts: [1, 1], run: { ...lease, startedAt: 5_100, thaws: 1 }, durable },
      {
        id: 'K',
        state: 'suspended',
        counts: [1, 1],
        run: { ...lease, startedAt: 5_010, preempt: order },
        durable,
      },
      {
        id: 'L',
        state: 'preempted',
        counts: [1, 1],
        run: { dueAt: 6_910 },
        durable: { ...durable, segments: 1, ranMs: 30, resuming: true },
      },
    ]);
  });

  it('still folds into the same tasks that were assigned ahead', () => {
    const facts = rowsOf(latest())
      .slice(12, 16)
      .map(({ id, state, attempt, run }) => ({ id, state, attempt, run }));
    const lease = { worker: 'w-1', session: 'S1' };
    expect(facts).toEqual([
      {
        id: 'M',
        state: 'completed',
        attempt: 1,
        run: { worker: 'w-2', startedAt: 7_170, settledAt: 7_190 },
      },
      {
        id: 'N',
        state: 'stopping',
        attempt: 1,
        run: { ...lease, ahead: true, stop: 'total', stoppedAt: 7_140 },
      },
      { id: 'O', state: 'running', attempt: 1, run: { ...lease, startedAt: 7_120 } },
      {
        id: 'P',
        state: 'preempting',
        attempt: 1,
        run: { ...lease, startedAt: 7_160, preempt: { decision: 'D3', mode: 'delay', deadline: 7_999 } },
      },
    ]);
  });

  it('still folds into the same tasks that waited for others', () => {
    const facts = rowsOf(latest())
      .slice(16, 18)
      .map(({ id, state, run }) => ({ id, state, run }));
    expect(facts).toEqual([
      { id: 'Q', state: 'queued', run: { readyAt: 8_010 } },
      {
        id: 'S',
        state: 'skipped',
        run: { settledAt: 8_030, error: expect.objectContaining({ code: 'SKIPPED' }) },
      },
    ]);
  });

  it('still folds into the same tasks that were moved to other bands', () => {
    const facts = rowsOf(latest())
      .slice(18, 20)
      .map(({ id, state, class: { band, submittedBand } }) => [id, state, band, submittedBand]);
    expect(facts).toEqual([
      ['T', 'queued', 'normal', undefined],
      ['U', 'running', 'low', 'normal'],
    ]);
  });
});
