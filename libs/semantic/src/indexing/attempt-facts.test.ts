import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '@precedent/tasks';
import { documentsOf } from '../documents/task-documents.ts';
import { runFromFacts } from '../precedents/run.ts';
import { completed, factsOf, leased, retrying, submitted } from './journal-records.arbitraries.ts';
import { TaskFactsProjection } from './task-facts-projection.ts';

describe('the attempts of a TaskFactsProjection', () => {
  it('count the run time of a preempted attempt, and not its pause', () => {
    const facts = factsOf([
      submitted('a'),
      leased('a', 2_000),
      { kind: 'preempted', id: 'a', at: 5_000, end: 'yielded', dueAt: 6_000 },
      leased('a', 50_000, 'w2'),
      completed('a', 51_000),
    ]);
    expect(facts.attempts).toMatchObject([
      { n: 1, worker: 'w2', startedAt: 2_000, endedAt: 51_000, ranMs: 4_000, outcome: 'completed' },
    ]);
    expect(facts.preemptions).toEqual([{ at: 5_000, reason: 'It yielded at a checkpoint.', lostMs: 0 }]);
  });

  const preempting = (id: string, at: number): JournalRecord => ({
    kind: 'preempting',
    id,
    at,
    decision: 'd1',
    mode: 'suspend',
    deadline: at + 1_000,
  });
  const suspended = (id: string, at: number): JournalRecord => ({
    kind: 'suspended',
    id,
    at,
    until: 9_000_000,
  });
  const resumed = (id: string, at: number): JournalRecord => ({ kind: 'resumed', id, at });

  it('count 20 s and one preemption for an attempt that was suspended for 590 of 610 s', () => {
    const facts = factsOf([
      submitted('a'),
      leased('a', 0),
      preempting('a', 10_000),
      suspended('a', 10_000),
      resumed('a', 600_000),
      completed('a', 610_000),
    ]);
    expect(facts.attempts).toMatchObject([{ n: 1, startedAt: 0, endedAt: 610_000, ranMs: 20_000 }]);
    expect(facts.preemptions).toEqual([{ at: 10_000, reason: 'It was frozen where it was.', lostMs: 0 }]);
    const [attempt] = documentsOf(facts).filter(({ kind }) => kind === 'attempt');
    expect(attempt?.payload).toMatchObject({ duration_ms: 20_000 });
    expect(runFromFacts(facts)).toMatchObject({ durationMs: 20_000 });
  });

  it('keep the run time of a resumed attempt whose next lease is returned', () => {
    const facts = factsOf([
      submitted('a'),
      leased('a', 0),
      { kind: 'preempted', id: 'a', at: 60_000, end: 'yielded', dueAt: 61_000 },
      leased('a', 70_000),
      { kind: 'requeued', id: 'a', at: 70_000, why: 'returned' },
      leased('a', 80_000, 'w2'),
      completed('a', 81_000),
    ]);
    expect(facts.attempts).toMatchObject([
      { n: 1, worker: 'w2', startedAt: 0, ranMs: 61_000, outcome: 'completed' },
    ]);
  });

  it('count the run time of an attempt that was assigned ahead from its start, and no attempt that never started', () => {
    const ahead = (at: number): JournalRecord => ({ ...leased('a', at), ahead: true }) as JournalRecord;
    const returned = factsOf([
      submitted('a'),
      ahead(2_000),
      { kind: 'requeued', id: 'a', at: 3_000, why: 'returned' },
    ]);
    expect(returned.attempts).toEqual([]);
    const tries = factsOf([
      submitted('a'),
      ahead(2_000),
      { kind: 'requeued', id: 'a', at: 3_000, why: 'returned' },
      ahead(4_000),
      { ...retrying('a', 6_000), ranMs: 500 } as JournalRecord,
      ahead(7_000),
      { ...completed('a', 9_000), ranMs: 300 } as JournalRecord,
    ]);
    expect(tries.attempts).toMatchObject([
      { n: 1, startedAt: 5_500, endedAt: 6_000, ranMs: 500, outcome: 'failed' },
      { n: 2, startedAt: 8_700, endedAt: 9_000, ranMs: 300, outcome: 'completed' },
    ]);
  });

  it('count no run time of a task that is stopped before its lease that was assigned ahead has started', () => {
    const facts = factsOf([
      submitted('a'),
      { ...leased('a', 2_000), ahead: true } as JournalRecord,
      { kind: 'stopping', id: 'a', at: 3_000, stop: 'total' },
      { kind: 'settled', id: 'a', at: 5_000, state: 'timed_out' },
    ]);
    expect(facts.attempts).toMatchObject([{ n: 1, ranMs: 0, outcome: 'timed_out' }]);
  });

  it('count one preemption, with the lost work, when the decision that suspended an attempt ends it later', () => {
    const facts = factsOf([
      submitted('a'),
      leased('a', 0),
      preempting('a', 10_000),
      suspended('a', 10_000),
      { ...preempting('a', 500_000), frozen: true } as JournalRecord,
      { kind: 'preempted', id: 'a', at: 502_000, end: 'killed', dueAt: 503_000 },
    ]);
    expect(facts.preemptions).toEqual([{ at: 502_000, reason: 'It was ended by force.', lostMs: 12_000 }]);
    expect(facts.attempts).toMatchObject([{ ranMs: 12_000, outcome: 'preempted' }]);
  });

  it('hold no preemption of a victim that was kept, and end an attempt that is stopped while suspended', () => {
    const victim = factsOf([
      submitted('a'),
      leased('a', 0),
      preempting('a', 5_000),
      { kind: 'spared', id: 'a', at: 6_000 },
      completed('a', 9_000),
    ]);
    expect(victim.attempts).toMatchObject([{ ranMs: 9_000 }]);
    expect(victim).not.toHaveProperty('preemptions');
    expect(victim).not.toHaveProperty('makesRoomFor');
    const stopped = factsOf([
      submitted('a'),
      leased('a', 0),
      preempting('a', 5_000),
      suspended('a', 5_000),
      { kind: 'stopping', id: 'a', at: 90_000, stop: 'total' },
      { kind: 'settled', id: 'a', at: 92_000, state: 'timed_out' },
    ]);
    expect(stopped.attempts).toMatchObject([{ ranMs: 7_000, outcome: 'timed_out' }]);
  });

  it('count checkpoints without a changed document, and the work that was lost since the last one', () => {
    const projection = new TaskFactsProjection(new Map());
    for (const record of [submitted('a'), leased('a', 2_000)]) projection.apply(record);
    projection.take();
    const checkpoint = { kind: 'checkpoint', epoch: 1, seq: 1, at: 4_000, hash: '', version: '', bytes: 1 };
    projection.apply({ kind: 'kept', id: 'a', at: 4_000, step: checkpoint } as JournalRecord);
    const { changed: none, put } = projection.take();
    expect([none, put.length]).toEqual([[], 1]);
    // A new projection, as after a restart, has the counted checkpoints.
    const again = new TaskFactsProjection(new Map(put));
    again.apply({ kind: 'preempted', id: 'a', at: 9_000, end: 'killed', dueAt: 9_000 });
    again.apply(leased('a', 20_000));
    again.apply(completed('a', 30_000));
    const [facts] = again.take().changed;
    expect(facts).toMatchObject({ preemptions: [{ lostMs: 5_000 }], attempts: [{ n: 1, checkpoints: 1 }] });
  });

  it('leave out a returned lease, and count a lost one', () => {
    const returned: JournalRecord = { kind: 'requeued', id: 'a', at: 2_500, why: 'returned' };
    const lost: JournalRecord = { kind: 'requeued', id: 'a', at: 4_500, why: 'lost' };
    const facts = factsOf([submitted('a'), leased('a', 2_000), returned, leased('a', 4_000), lost]);
    expect(facts.attempts).toMatchObject([{ n: 2, startedAt: 4_000, endedAt: 4_500, outcome: 'lost' }]);
  });
});
