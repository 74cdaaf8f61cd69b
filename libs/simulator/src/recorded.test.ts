import type { LogEntry } from '@precedent/ports';
import { EnvelopeWriter } from '@precedent/tasks';
import type { JournalRecord, TaskClass } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { recordedLoad } from './recorded.ts';

const aClass = (more: Partial<TaskClass> = {}): TaskClass => ({
  namespace: 'default',
  project: 'shop',
  type: 'report',
  band: 'low',
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
  ...more,
});

const submitted = (id: string, at: number, more: Partial<TaskClass> = {}): JournalRecord => ({
  kind: 'submitted',
  id,
  at,
  class: aClass(more),
  body: '{}',
});
const leased = (id: string, at: number, epoch = 1, worker = 'w1'): JournalRecord => ({
  kind: 'leased',
  id,
  at,
  worker,
  session: `${worker}-s`,
  epoch,
});
const settled = (
  id: string,
  at: number,
  state: 'completed' | 'failed' | 'cancelled' = 'completed',
): JournalRecord => ({
  kind: 'settled',
  id,
  at,
  state,
});
const checkpoint = (id: string, at: number, seq: number): JournalRecord => ({
  kind: 'kept',
  id,
  at,
  step: { kind: 'checkpoint', epoch: 1, seq, at, hash: '', version: '1', bytes: 0 },
});
const preempted = (id: string, at: number): readonly JournalRecord[] => [
  { kind: 'preempting', id, at: at - 5, decision: 'd', mode: 'immediate', deadline: at + 10 },
  { kind: 'preempted', id, at, end: 'aborted', dueAt: at + 1_000 },
  { kind: 'due', id, at: at + 1_000 },
];

const journal = async function* (
  entries: readonly { readonly epoch: number; readonly records: readonly JournalRecord[] }[],
): AsyncGenerator<LogEntry> {
  for (const [index, { epoch, records }] of entries.entries()) {
    const writer = new EnvelopeWriter();
    for (const record of records) writer.add(record);
    yield { seq: index + 1, at: 0, text: writer.finish(epoch, 0) };
  }
};
const loadOf = (...records: readonly JournalRecord[]) => recordedLoad(journal([{ epoch: 1, records }]));

describe('recorded load', () => {
  it('has a task that waited for others from the moment at which it was queued', async () => {
    const { tasks } = await loadOf(
      { ...submitted('b', 1_000), kind: 'submitted', edges: 1 } as JournalRecord,
      submitted('a', 1_100),
      leased('a', 1_100),
      settled('a', 1_500),
      { kind: 'ready', id: 'b', at: 1_500 },
      leased('b', 1_510),
      settled('b', 1_610),
    );
    expect(tasks.map(({ id, atMs, workMs }) => [id, atMs, workMs])).toEqual([
      ['a', 0, 400],
      ['b', 400, 100],
    ]);
  });

  it('has the submissions with their times and the duration of their work', async () => {
    const { tasks, spanMs, skipped } = await loadOf(
      submitted('b', 5_000, { band: 'critical' }),
      submitted('a', 5_200),
      leased('b', 6_000),
      leased('a', 6_500, 1, 'w2'),
      settled('a', 6_600),
      settled('b', 6_900),
    );
    expect(tasks.map(({ id, atMs, workMs, task }) => [id, atMs, workMs, task.band])).toEqual([
      ['b', 0, 900, 'critical'],
      ['a', 200, 100, 'low'],
    ]);
    expect([spanMs, skipped]).toEqual([200, 0]);
  });

  it('counts work that was lost by a preemption once', async () => {
    const { tasks } = await loadOf(
      submitted('a', 0),
      leased('a', 100),
      checkpoint('a', 150, 1),
      checkpoint('a', 200, 2),
      ...preempted('a', 230),
      leased('a', 2_000, 2),
      settled('a', 2_060),
    );
    expect(tasks).toMatchObject([{ workMs: 160, checkpoint: { everyMs: 50 } }]);
  });

  it('has the work of a task that was assigned ahead from its start, and no slot for the time in which it waited', async () => {
    const ahead = (id: string, at: number): JournalRecord =>
      ({ ...leased(id, at), ahead: true }) as JournalRecord;
    const { tasks, workers } = await loadOf(
      submitted('a', 0),
      submitted('b', 0),
      leased('a', 100),
      ahead('b', 100),
      settled('a', 200),
      { ...settled('b', 250), ranMs: 50 } as JournalRecord,
    );
    expect(tasks.map(({ workMs }) => workMs)).toEqual([100, 50]);
    expect(workers).toMatchObject([{ slots: 1 }]);
  });

  it('fails again the tasks that failed, with the work of the last attempt', async () => {
    const { tasks } = await loadOf(submitted('a', 0), leased('a', 10), settled('a', 40, 'failed'));
    expect(tasks).toMatchObject([{ workMs: 30, fails: true }]);
  });

  it('leaves out tasks whose work is not known, and counts them', async () => {
    const { tasks, skipped } = await loadOf(
      submitted('open', 0),
      leased('open', 10),
      submitted('never', 0),
      settled('never', 50, 'cancelled'),
      leased('from before', 10),
      settled('from before', 60),
    );
    expect([tasks, skipped]).toEqual([[], 2]);
  });

  it('ignores entries of an engine that had been succeeded', async () => {
    const { tasks } = await recordedLoad(
      journal([
        { epoch: 1, records: [submitted('a', 0), leased('a', 10)] },
        { epoch: 2, records: [{ kind: 'epoch', at: 20, epoch: 2, owner: 'e2' }] },
        { epoch: 1, records: [settled('a', 30)] },
        { epoch: 2, records: [settled('a', 90)] },
      ]),
    );
    expect(tasks).toMatchObject([{ workMs: 80 }]);
  });

  it('has the number of tasks that each worker ran at the same time', async () => {
    const gpu = { resources: { gpu: 2, labels: { zone: 'x' } }, pool: 'big' };
    const { workers } = await loadOf(
      submitted('a', 0),
      submitted('b', 0, gpu),
      submitted('c', 0),
      leased('a', 1),
      leased('b', 2),
      settled('a', 3),
      leased('c', 4),
      settled('b', 5),
      settled('c', 6),
    );
    expect(workers).toEqual([
      {
        name: 'w1',
        count: 1,
        slots: 2,
        express: 0,
        pools: ['default', 'big'],
        labels: { zone: 'x' },
        resources: { gpu: 2 },
      },
    ]);
  });

  it('stops at an entry that it cannot read', async () => {
    const broken = async function* (): AsyncGenerator<LogEntry> {
      yield { seq: 7, at: 0, text: 'nonsense' };
    };
    await expect(recordedLoad(broken())).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: 'journal entry 7 is not JSON',
    });
  });
});
