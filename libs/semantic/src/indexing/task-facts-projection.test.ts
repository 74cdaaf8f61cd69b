import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '@precedent/tasks';
import { documentsOf } from '../documents/task-documents.ts';
import { runFromFacts } from '../precedents/run.ts';
import { FAILED, completed, factsOf, leased, retrying, submitted } from './journal-records.arbitraries.ts';
import { TaskFactsProjection } from './task-facts-projection.ts';

describe('the open tasks of a TaskFactsProjection', () => {
  it('are the tasks without a verdict, running ones first', () => {
    const projection = new TaskFactsProjection(new Map());
    for (const id of ['waits', 'ran', 'tries', 'runs', 'ended']) projection.apply(submitted(id));
    for (const id of ['ran', 'tries', 'runs', 'ended']) projection.apply(leased(id, 2_000));
    projection.apply(retrying('ran', 3_000));
    projection.apply(completed('ended', 3_000));
    expect(projection.tasks().map(({ id }) => id)).toEqual(['tries', 'runs', 'waits', 'ran']);
  });
});

describe('the facts of a TaskFactsProjection', () => {
  it('hold keys and shapes, and no value of the environment or the payload', () => {
    const facts = factsOf([submitted('a')]);
    expect(facts).toMatchObject({
      project: 'shop',
      name: 'nightly import',
      version: '1.4.2',
      envKeys: ['TOKEN'],
      payloadShape: ['rows:number'],
      attempts: [],
    });
    expect(JSON.stringify(facts)).not.toContain('s3cret');
  });

  it('hold each attempt with its end, its error and its exit code', () => {
    const facts = factsOf([
      submitted('a'),
      leased('a', 2_000),
      retrying('a', 3_000),
      leased('a', 4_000, 'w2'),
      completed('a', 6_000),
    ]);
    expect(facts.attempts).toMatchObject([
      {
        n: 1,
        worker: 'w1',
        startedAt: 2_000,
        endedAt: 3_000,
        outcome: 'failed',
        exitCode: 2,
        error: { code: 'COMMAND_FAILED' },
      },
      { n: 2, worker: 'w2', startedAt: 4_000, endedAt: 6_000, outcome: 'completed' },
    ]);
    expect(facts).toMatchObject({ outcome: 'completed', settledAt: 6_000, resultShape: ['rows:number'] });
  });

  it('hold the preemptor of a victim, and the peak memory and artifacts of a command', () => {
    const projection = new TaskFactsProjection(new Map());
    const records: readonly JournalRecord[] = [
      submitted('victim'),
      { ...submitted('urgent'), body: JSON.stringify({ name: 'hotfix 7' }) } as JournalRecord,
      leased('victim', 2_000),
      { kind: 'decided', id: 'urgent', at: 3_000, decision: 'd1', record: { outcome: 'preempt' } },
      { kind: 'preempting', id: 'victim', at: 3_000, decision: 'd1', mode: 'at_checkpoint', deadline: 4_000 },
      { kind: 'preempted', id: 'victim', at: 3_500, end: 'yielded', dueAt: 3_500 },
      leased('victim', 5_000),
      {
        kind: 'settled',
        id: 'victim',
        at: 6_000,
        state: 'completed',
        result: {
          exitCode: 0,
          signal: null,
          peakMemoryMb: 212,
          artifacts: ['report.html', { name: 'dist.tgz', sha256: 'ab' }, { size: 3 }, ''],
        },
      },
    ];
    for (const record of records) projection.apply(record);
    const facts = projection.take().changed.find(({ id }) => id === 'victim');
    expect(facts).toMatchObject({
      preemptions: [{ at: 3_500, by: 'urgent', byName: 'hotfix' }],
      attempts: [{ exitCode: 0, peakMemoryMb: 212 }],
      artifacts: { 'report.html': '', 'dist.tgz': 'ab' },
    });
    expect(facts).not.toHaveProperty('makesRoomFor');
  });

  it('hold a stored object as an artifact, and the signal that ended a command', () => {
    const stored = { name: 'exports/a.csv', bytes: 3, sha256: 'cd', at: 1 };
    const settled = { ...completed('a', 3_000), result: stored } as JournalRecord;
    expect(factsOf([submitted('a'), leased('a', 2_000), settled]).artifacts).toEqual({
      'exports/a.csv': 'cd',
    });
    const killed = { exitCode: null, signal: 'SIGKILL', peakMemoryMb: 512 };
    const error = { ...FAILED, details: killed };
    const failed = factsOf([
      submitted('a'),
      leased('a', 2_000),
      { ...retrying('a', 3_000), error } as JournalRecord,
    ]);
    expect(failed.attempts).toMatchObject([{ signal: 'SIGKILL', peakMemoryMb: 512 }]);
  });

  const outputOfFailure = (details: Readonly<Record<string, unknown>>): string | undefined =>
    factsOf([
      submitted('a'),
      leased('a', 2_000),
      { ...retrying('a', 3_000), error: { ...FAILED, details } } as JournalRecord,
    ]).attempts[0]?.output;

  it('hold what a failed attempt printed on both streams, or the body of the response that it got', () => {
    expect(outputOfFailure({ stdout: '2 tests failed\n', stderr: 'warning: old' })).toBe(
      '2 tests failed\n\nwarning: old',
    );
    expect(outputOfFailure({ status: 422, body: '{"error":"no such sku"}' })).toBe('{"error":"no such sku"}');
    expect(outputOfFailure({ stdout: '', stderr: ' \n' })).toBeUndefined();
  });

  it('hold no line of an output whose beginning the worker has cut', () => {
    const cut = { stdout: '', stderr: 'rd=hunter2\nfailed', bytes: { stdout: 0, stderr: 90 } };
    expect(outputOfFailure(cut)).toBe('failed');
    const long = outputOfFailure({ stderr: `${'x'.repeat(9_000)}\n${'y\n'.repeat(500)}` });
    expect(long).toBe('y\n'.repeat(500));
  });

  it('hold the stack of an error of a handler', () => {
    const error = {
      code: 'HANDLER_FAILED',
      message: 'x',
      details: { stack: 'Error: x\n    at f (a.js:1:1)' },
    };
    const facts = factsOf([
      submitted('a'),
      leased('a', 2_000),
      { ...retrying('a', 3_000), error } as JournalRecord,
    ]);
    expect(facts.attempts[0]?.error?.stack).toContain('at f (a.js:1:1)');
  });

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

  it('ignore records of a task whose beginning was purged', () => {
    const projection = new TaskFactsProjection(new Map());
    for (const record of [leased('x', 1), completed('x', 2)]) projection.apply(record);
    expect(projection.take()).toMatchObject({ changed: [], put: [], drop: [], deleted: [] });
  });

  it('store an open task, and drop it with its verdict', () => {
    const projection = new TaskFactsProjection(new Map());
    projection.apply(submitted('a'));
    expect(projection.take().put.map(([id]) => id)).toEqual(['a']);
    projection.apply(leased('a', 2));
    projection.apply(completed('a', 3));
    expect(projection.take()).toMatchObject({ put: [], drop: ['a'] });
    expect(projection.open).toBe(0);
  });
});

describe('a TaskFactsProjection with a deleted task', () => {
  const deleted = (id: string, namespace = 'default'): JournalRecord => ({
    kind: 'deleted',
    id,
    at: 99,
    namespace,
  });

  it('reports the deletion, and no changed facts of the task', () => {
    const projection = new TaskFactsProjection(new Map());
    for (const record of [submitted('a'), leased('a', 2), completed('a', 3), deleted('a')])
      projection.apply(record);
    expect(projection.take()).toMatchObject({
      changed: [],
      put: [],
      drop: [],
      deleted: [{ id: 'a', namespace: 'default', at: 99 }],
    });
    expect(projection.take().deleted).toEqual([]);
  });

  it('closes the task, even when its verdict was never read', () => {
    const projection = new TaskFactsProjection(new Map());
    for (const id of ['a', 'b']) projection.apply(submitted(id));
    projection.take();
    projection.apply(deleted('a'));
    projection.apply(deleted('b', 'other'));
    expect(projection.take()).toMatchObject({ changed: [], drop: ['a'] });
    expect(projection.open).toBe(1);
  });

  it('accepts a new task with the same id', () => {
    const projection = new TaskFactsProjection(new Map());
    for (const record of [submitted('a'), completed('a', 3), deleted('a'), submitted('a', 100)])
      projection.apply(record);
    const { changed, drop, put } = projection.take();
    expect(changed.map(({ submittedAt }) => submittedAt)).toEqual([100]);
    expect([drop, put.map(([id]) => id)]).toEqual([[], ['a']]);
  });
});

/** Several lives, interleaved as they come. */
const LIVES: readonly (readonly JournalRecord[])[] = [
  [submitted('a'), leased('a', 10), retrying('a', 20), leased('a', 30), completed('a', 40)],
  [
    submitted('b'),
    leased('b', 11),
    { kind: 'preempted', id: 'b', at: 15, end: 'killed', dueAt: 16 },
    leased('b', 33),
    completed('b', 60),
  ],
  [
    submitted('c'),
    { kind: 'decided', id: 'c', at: 12, decision: 'd', record: { outcome: 'infeasible', reason: 'no_fit' } },
    leased('c', 70),
  ],
  [submitted('d'), { kind: 'settled', id: 'd', at: 13, state: 'cancelled' }],
  [
    submitted('e'),
    leased('e', 20),
    { kind: 'preempting', id: 'e', at: 25, decision: 'other', mode: 'suspend', deadline: 90 },
    { kind: 'suspended', id: 'e', at: 30, until: 90 },
    { kind: 'resumed', id: 'e', at: 80 },
    completed('e', 95),
  ],
];
const RECORDS = LIVES.flat().length;

/** The final documents of the index, by id. */
const indexed = (records: readonly JournalRecord[], cuts: ReadonlySet<number>): Map<string, string> => {
  const index = new Map<string, string>();
  let stored = new Map<string, string>();
  let projection = new TaskFactsProjection(stored);
  records.forEach((record, at) => {
    projection.apply(record);
    if (!cuts.has(at) && at < records.length - 1) return;
    const { changed, put, drop } = projection.take();
    for (const { id, text, payload } of changed.flatMap(documentsOf))
      index.set(id, `${text} ${JSON.stringify(payload)}`);
    stored = new Map([...stored, ...put]);
    for (const id of drop) stored.delete(id);
    // Restarts after every batch.
    projection = new TaskFactsProjection(stored);
  });
  return index;
};

describe('a TaskFactsProjection that is restarted between any two records', () => {
  it('leads to the same index as one without restarts', () => {
    const order = fc.shuffledSubarray(
      LIVES.flatMap((life, which) => life.map(() => which)),
      { minLength: RECORDS },
    );
    fc.assert(
      fc.property(order, fc.array(fc.nat(RECORDS - 1)), (turns, cuts) => {
        const next = LIVES.map(() => 0);
        const turn = (which: number): JournalRecord | [] => {
          const at = next[which] ?? 0;
          next[which] = at + 1;
          return LIVES[which]?.[at] ?? [];
        };
        const records = turns.flatMap((which) => turn(which));
        expect(indexed(records, new Set(cuts))).toEqual(indexed(records, new Set()));
      }),
      { numRuns: 300 },
    );
  });
});
