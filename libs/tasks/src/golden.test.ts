import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EnvelopeWriter, readEnvelope } from './envelope.ts';
import { applyRecord } from './fold.ts';
import type { JournalRecord, SubmittedRecord } from './records.ts';
import { aClass, aPolicy } from './task.arbitraries.ts';
import { TaskRow } from './task-row.ts';

/**
 * The journal as version 1 writes it. Journals outlive engines, so this file is never edited: a change of the format
 * raises the version, and the new one gets a file of its own. `UPDATE_GOLDEN=1` writes it, before its first release only.
 */
const GOLDEN = new URL('./golden/journal-v1.json', import.meta.url);

const email = aClass({ labels: { team: 'growth' }, retry: aPolicy({ nonRetryable: ['TypeError'] }) });
const build = aClass({
  type: 'command',
  band: 'critical',
  resources: { cpu: 2, memoryMb: 512, labels: { os: 'linux' } },
  timeouts: { queue: 60_000, attempt: 300_000, total: 3_600_000, heartbeat: 5_000, grace: 10_000 },
});
const body = { name: 'Grüße 👋', payload: { to: ['a@example.org'], nested: [1, 2.5, null, true, ''] } };
const command = {
  command: 'make',
  args: ['-j', 'all'],
  cwd: '/srv',
  env: { CI: '1' },
  traceparent: '00-ab-cd-01',
};
const boom = { code: 'HANDLER_FAILED', message: 'x is "undefined"', details: { stack: 'at f\n' } } as const;

const RECORDS: readonly JournalRecord[] = [
  { kind: 'epoch', at: 1_000, epoch: 3, owner: 'engine-a' },
  { kind: 'submitted', id: 'A', at: 1_001, class: email, body: JSON.stringify(body), key: 'order "7"' },
  { kind: 'submitted', id: 'B', at: 1_002, class: build, body: JSON.stringify(command), expiresAt: 9_000 },
  { kind: 'submitted', id: 'C', at: 1_003, class: email, body: '{}' },
  { kind: 'submitted', id: 'D', at: 1_003, class: email, body: '{}', key: 'k', expiresAt: 9_001 },
  {
    kind: 'rejected',
    id: 'R',
    at: 1_004,
    band: 'low',
    error: {
      code: 'INVALID_TASK',
      message: 'a task needs a type',
      issues: [{ field: 'type', message: 'missing' }],
    },
    excerpt: '{"tpye":"x"}',
  },
  { kind: 'leased', id: 'A', at: 1_010, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'leased', id: 'B', at: 1_010, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'leased', id: 'C', at: 1_011, worker: 'w-2', session: 'S2', epoch: 1 },
  { kind: 'settled', id: 'A', at: 1_020, state: 'completed', result: { sent: true } },
  { kind: 'stopping', id: 'B', at: 1_030, stop: 'heartbeat' },
  { kind: 'retrying', id: 'B', at: 1_031, dueAt: 2_031, error: boom },
  { kind: 'due', id: 'B', at: 2_031 },
  { kind: 'leased', id: 'B', at: 2_040, worker: 'w-2', session: 'S2', epoch: 2 },
  { kind: 'requeued', id: 'C', at: 2_050, why: 'lost' },
  { kind: 'leased', id: 'C', at: 2_051, worker: 'w-1', session: 'S1', epoch: 2 },
  { kind: 'requeued', id: 'C', at: 2_052, why: 'returned' },
  { kind: 'leased', id: 'D', at: 2_060, worker: 'w-1', session: 'S1', epoch: 1 },
  { kind: 'settled', id: 'D', at: 2_061, state: 'completed' },
  { kind: 'stopping', id: 'B', at: 2_070, stop: 'cancel', reason: 'not "needed"\n' },
  {
    kind: 'settled',
    id: 'B',
    at: 2_080,
    state: 'cancelled',
    error: { code: 'CANCELLED', message: 'cancelled: no' },
  },
];

const written = (): string => {
  const writer = new EnvelopeWriter();
  for (const record of RECORDS) writer.add(record);
  return writer.finish(3, 2_100);
};
const golden = (): string => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, written());
  return readFileSync(GOLDEN, 'utf8');
};

/** What the golden entry leaves of each task. */
const rowsOf = (text: string): TaskRow[] => {
  const rows = new Map<string, TaskRow>();
  for (const record of readEnvelope(text, 1).records) {
    if (record.kind === 'submitted') rows.set(record.id, rowOf(record, rows.size + 1));
    else if (record.kind !== 'epoch' && record.kind !== 'rejected') {
      const row = rows.get(record.id);
      if (row) applyRecord(row, record);
    }
  }
  return [...rows.values()];
};
const rowOf = (
  { id, at, class: taskClass, body: text, key, expiresAt }: SubmittedRecord,
  order: number,
): TaskRow => new TaskRow({ id, at, class: taskClass, body: text, key, expiresAt, order });

describe('the journal of version 1', () => {
  it('holds every kind of record', () => {
    const kinds = new Set(readEnvelope(golden(), 1).records.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual([
      'due',
      'epoch',
      'leased',
      'rejected',
      'requeued',
      'retrying',
      'settled',
      'stopping',
      'submitted',
    ]);
  });

  it('is still read', () => {
    const { v, epoch, at, records } = readEnvelope(golden(), 1);
    expect([v, epoch, at]).toEqual([1, 3, 2_100]);
    expect(records).toEqual(RECORDS);
  });

  it('is still written, byte for byte', () => {
    expect(written()).toBe(golden());
  });

  it('still means the same', () => {
    const facts = rowsOf(golden()).map(({ id, state, attempt, retries, losses, epoch, run }) => ({
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
});
