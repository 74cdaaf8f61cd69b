import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EnvelopeWriter, readEnvelope } from './envelope.ts';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './records.ts';
import { NO_DURABLE_STATE } from './durable-state.ts';
import type { JournalRecord, SubmittedRecord } from './records.ts';
import { aClass, aPolicy } from './task.arbitraries.ts';
import { TaskRow } from './task-row.ts';

/**
 * The journal as each version writes it. Journals outlive engines, so these files are never edited: a change of the format
 * raises the version, and the new one gets a file of its own. `UPDATE_GOLDEN=1` writes the latest, before its first release
 * only.
 */
const FIRST = new URL('./golden/journal-v1.json', import.meta.url);
const SECOND = new URL('./golden/journal-v2.json', import.meta.url);
const LATEST = new URL('./golden/journal-v3.json', import.meta.url);

const email = aClass({ labels: { team: 'growth' }, retry: aPolicy({ nonRetryable: ['TypeError'] }) });
const build = aClass({
  type: 'command',
  band: 'critical',
  resources: { cpu: 2, memoryMb: 512, labels: { os: 'linux' } },
  timeouts: { queue: 60_000, attempt: 300_000, total: 3_600_000, heartbeat: 5_000, grace: 10_000 },
});
const tuned = aClass({
  band: 'low',
  preemption: {
    mode: 'at_checkpoint',
    checkpointDeadline: 40,
    exempt: 0,
    maxPreemptions: 9,
    preempts: false,
  },
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

const checkpoint = {
  kind: 'checkpoint',
  epoch: 1,
  seq: 1,
  at: 3_020,
  hash: 'ab'.repeat(32),
  version: '2',
  bytes: 17,
  state: { page: 3, 'ß"': [null] },
  fraction: 0.25,
} as const;
const large = {
  ...checkpoint,
  seq: 2,
  at: 3_030,
  hash: 'cd'.repeat(32),
  bytes: 90_000,
  ref: 'blob-1',
} as const;
const { state: _, fraction: __, ...inStore } = large;
const rollback = { kind: 'undo', epoch: 1, seq: 3, name: 'delete "x"', payload: { path: '/tmp/x' } } as const;
const decision = { at: 3_050, decision: { outcome: 'preempt', victims: ['E'] }, snapshot: { now: 3_050 } };

/** E is preempted and goes on; F finishes in its grace, G fails in it, H keeps its slot, I yields without being a victim. */
const VICTIMS: readonly JournalRecord[] = [
  ...['E', 'F', 'G', 'H', 'I'].map((id) => {
    const victim = id === 'E' ? tuned : email;
    return { kind: 'submitted', id, at: 3_000, class: victim, body: '{}' } as const;
  }),
  ...['E', 'F', 'G', 'H', 'I'].map(
    (id) => ({ kind: 'leased', id, at: 3_010, worker: 'w-1', session: 'S1', epoch: 1 }) as const,
  ),
  { kind: 'kept', id: 'E', at: 3_020, step: checkpoint },
  { kind: 'kept', id: 'E', at: 3_030, step: inStore },
  { kind: 'kept', id: 'E', at: 3_040, step: rollback },
  { kind: 'kept', id: 'E', at: 3_041, step: { kind: 'undo', epoch: 1, seq: 4, name: 'b' } },
  { kind: 'decided', id: 'P', at: 3_050, decision: 'D1', record: decision },
  ...['E', 'F', 'G', 'H'].map(
    (id) =>
      ({
        kind: 'preempting',
        id,
        at: 3_050,
        decision: 'D1',
        mode: 'at_checkpoint',
        deadline: 3_090,
      }) as const,
  ),
  { kind: 'settled', id: 'F', at: 3_060, state: 'completed', end: 'finished_in_grace' },
  { kind: 'retrying', id: 'G', at: 3_070, dueAt: 4_070, error: boom, end: 'failed_in_grace' },
  { kind: 'spared', id: 'H', at: 3_090 },
  { kind: 'preempting', id: 'E', at: 3_090, decision: 'D1', mode: 'immediate', deadline: 3_095 },
  { kind: 'preempted', id: 'E', at: 3_095, end: 'killed', dueAt: 4_095 },
  { kind: 'requeued', id: 'I', at: 3_096, why: 'yielded' },
  { kind: 'due', id: 'E', at: 4_095 },
  { kind: 'leased', id: 'E', at: 4_100, worker: 'w-2', session: 'S2', epoch: 2 },
  { kind: 'kept', id: 'E', at: 4_110, step: { kind: 'undone', epoch: 2, of: 4, ofEpoch: 1 } },
  { kind: 'kept', id: 'E', at: 4_120, step: { kind: 'undone', epoch: 2, of: 3, ofEpoch: 1, error: boom } },
];

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
  ...VICTIMS,
];

/** Version 2: J is frozen and goes on, K is frozen still, L is frozen for too long. */
const FROZEN: readonly JournalRecord[] = [
  ...['J', 'K', 'L'].map((id) => ({ kind: 'submitted', id, at: 5_000, class: email, body: '{}' }) as const),
  ...['J', 'K', 'L'].map(
    (id) => ({ kind: 'leased', id, at: 5_010, worker: 'w-1', session: 'S1', epoch: 1 }) as const,
  ),
  ...['J', 'K', 'L'].map(
    (id) =>
      ({ kind: 'preempting', id, at: 5_020, decision: 'D2', mode: 'suspend', deadline: 5_090 }) as const,
  ),
  ...['J', 'K', 'L'].map((id) => ({ kind: 'suspended', id, at: 5_030, until: 5_900 }) as const),
  { kind: 'resumed', id: 'J', at: 5_100 },
  {
    kind: 'preempting',
    id: 'L',
    at: 5_900,
    decision: 'D2',
    mode: 'immediate',
    deadline: 5_990,
    frozen: true,
  },
  { kind: 'preempted', id: 'L', at: 5_910, end: 'aborted', dueAt: 6_910 },
];

/** Version 3: A is deleted, and one that only older readers know. */
const DELETED: readonly JournalRecord[] = [
  { kind: 'deleted', id: 'A', at: 7_000, namespace: 'default' },
  { kind: 'deleted', id: 'long-ago', at: 7_001, namespace: 'growth' },
];

const written = (): string => {
  const writer = new EnvelopeWriter();
  for (const record of [...RECORDS, ...FROZEN, ...DELETED]) writer.add(record);
  return writer.finish(3, 8_000);
};
const first = (): string => readFileSync(FIRST, 'utf8');
const second = (): string => readFileSync(SECOND, 'utf8');
const latest = (): string => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(LATEST, written());
  return readFileSync(LATEST, 'utf8');
};

const changes = (record: JournalRecord): record is ChangeRecord =>
  !['submitted', 'rejected', 'decided', 'deleted', 'epoch'].includes(record.kind);

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
  { id, at, class: taskClass, body: text, key, expiresAt }: SubmittedRecord,
  order: number,
): TaskRow => new TaskRow({ id, at, class: taskClass, body: text, key, expiresAt, order });

const VERSIONS = [
  { version: 1, at: 4_200, golden: first, more: [], kinds: [] },
  { version: 2, at: 6_000, golden: second, more: FROZEN, kinds: ['resumed', 'suspended'] },
  {
    version: 3,
    at: 8_000,
    golden: latest,
    more: [...FROZEN, ...DELETED],
    kinds: ['deleted', 'resumed', 'suspended'],
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
      .slice(9)
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
});
