import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '@precedent/tasks';
import { documentsOf } from '../documents/task-documents.ts';
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

  it('hold no preemptor with a security label that its victim has not', () => {
    const labelled = (id: string, security?: string): JournalRecord => {
      const record = submitted(id) as Extract<JournalRecord, { kind: 'submitted' }>;
      return { ...record, class: { ...record.class, ...(security !== undefined && { security }) } };
    };
    const byOf = (victim?: string, urgent?: string): string | undefined => {
      const projection = new TaskFactsProjection(new Map());
      const records: readonly JournalRecord[] = [
        labelled('victim', victim),
        labelled('urgent', urgent),
        leased('victim', 2_000),
        { kind: 'decided', id: 'urgent', at: 3_000, decision: 'd1', record: { outcome: 'preempt' } },
        { kind: 'preempting', id: 'victim', at: 3_000, decision: 'd1', mode: 'suspend', deadline: 4_000 },
        { kind: 'preempted', id: 'victim', at: 3_500, end: 'yielded', dueAt: 3_500 },
      ];
      for (const record of records) projection.apply(record);
      return projection.take().changed.find(({ id }) => id === 'victim')?.preemptions?.[0]?.by;
    };
    expect(byOf()).toBe('urgent');
    expect(byOf('secret', 'secret')).toBe('urgent');
    expect(byOf('secret')).toBe('urgent');
    expect(byOf(undefined, 'secret')).toBeUndefined();
    expect(byOf('secret', 'health')).toBeUndefined();
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
