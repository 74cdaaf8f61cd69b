import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalRecord, TaskClass } from '@precedent/tasks';
import { documentsOf } from '../documents/task-documents.ts';
import type { TaskFacts } from '../facts.ts';
import { Stories } from './stories.ts';

const CLASS: TaskClass = {
  namespace: 'default',
  project: 'shop',
  type: 'command',
  band: 'low',
  pool: 'default',
  labels: { version: '1.4.2' },
  resources: { memoryMb: 256 },
  timeouts: { queue: 0, attempt: 60_000, total: 0, heartbeat: 0, grace: 2_000 },
  retry: { max: 3, delay: 1_000, backoff: 2, maxDelay: 60_000, jitter: 0, nonRetryable: [] },
};
const BODY = {
  name: 'nightly import',
  command: 'import',
  args: ['--all'],
  env: { TOKEN: 's3cret' },
  payload: { rows: 4 },
};

const submitted = (id: string, at = 1_000): JournalRecord => ({
  kind: 'submitted',
  id,
  at,
  class: CLASS,
  body: JSON.stringify(BODY),
});
const leased = (id: string, at: number, worker = 'w1'): JournalRecord => ({
  kind: 'leased',
  id,
  at,
  worker,
  session: 's',
  epoch: 1,
});
const FAILED = {
  code: 'COMMAND_FAILED',
  message: 'command exited with code 2',
  details: { exitCode: 2 },
} as const;
const retrying = (id: string, at: number): JournalRecord => ({
  kind: 'retrying',
  id,
  at,
  dueAt: at,
  error: FAILED,
});
const completed = (id: string, at: number): JournalRecord => ({
  kind: 'settled',
  id,
  at,
  state: 'completed',
  result: { rows: 4 },
});

const told = (records: readonly JournalRecord[]): TaskFacts => {
  const stories = new Stories(new Map());
  for (const record of records) stories.apply(record);
  const [facts] = stories.take().told;
  if (facts === undefined) throw new Error('nothing was told');
  return facts;
};

describe('open stories', () => {
  it('are those that are not over, who runs first', () => {
    const stories = new Stories(new Map());
    for (const id of ['waits', 'ran', 'tries', 'runs', 'ended']) stories.apply(submitted(id));
    for (const id of ['ran', 'tries', 'runs', 'ended']) stories.apply(leased(id, 2_000));
    stories.apply(retrying('ran', 3_000));
    stories.apply(completed('ended', 3_000));
    expect(stories.tasks().map(({ id }) => id)).toEqual(['tries', 'runs', 'waits', 'ran']);
  });
});

describe('the story of a task', () => {
  it('holds keys and shapes, and no value of the environment or the payload', () => {
    const facts = told([submitted('a')]);
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

  it('tells each attempt with its end, its error and its exit code', () => {
    const facts = told([
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

  it('tells who took the place of a victim, and what a command held and left', () => {
    const stories = new Stories(new Map());
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
    for (const record of records) stories.apply(record);
    const facts = stories.take().told.find(({ id }) => id === 'victim');
    expect(facts).toMatchObject({
      preemptions: [{ at: 3_500, by: 'urgent', byName: 'hotfix' }],
      attempts: [{ exitCode: 0, peakMemoryMb: 212 }],
      artifacts: { 'report.html': '', 'dist.tgz': 'ab' },
    });
    expect(facts).not.toHaveProperty('makesRoomFor');
  });

  it('takes a stored object for what a run has left, and tells by which signal one ended', () => {
    const stored = { name: 'exports/a.csv', bytes: 3, sha256: 'cd', at: 1 };
    const settled = { ...completed('a', 3_000), result: stored } as JournalRecord;
    expect(told([submitted('a'), leased('a', 2_000), settled]).artifacts).toEqual({ 'exports/a.csv': 'cd' });
    const killed = { exitCode: null, signal: 'SIGKILL', peakMemoryMb: 512 };
    const error = { ...FAILED, details: killed };
    const failed = told([
      submitted('a'),
      leased('a', 2_000),
      { ...retrying('a', 3_000), error } as JournalRecord,
    ]);
    expect(failed.attempts).toMatchObject([{ signal: 'SIGKILL', peakMemoryMb: 512 }]);
  });

  it('counts what a preempted attempt ran, and not the pause', () => {
    const facts = told([
      submitted('a'),
      leased('a', 2_000),
      { kind: 'preempted', id: 'a', at: 5_000, end: 'yielded', dueAt: 6_000 },
      leased('a', 50_000, 'w2'),
      completed('a', 51_000),
    ]);
    expect(facts.attempts).toMatchObject([
      { n: 1, worker: 'w2', startedAt: 47_000, endedAt: 51_000, outcome: 'completed' },
    ]);
    expect(facts.preemptions).toEqual([{ at: 5_000, reason: 'It yielded at a checkpoint.', lostMs: 0 }]);
  });

  it('counts checkpoints without a word, and tells what was lost since the last one', () => {
    const stories = new Stories(new Map());
    for (const record of [submitted('a'), leased('a', 2_000)]) stories.apply(record);
    stories.take();
    const checkpoint = { kind: 'checkpoint', epoch: 1, seq: 1, at: 4_000, hash: '', version: '', bytes: 1 };
    stories.apply({ kind: 'kept', id: 'a', at: 4_000, step: checkpoint } as JournalRecord);
    const { told: none, put } = stories.take();
    expect([none, put.length]).toEqual([[], 1]);
    // As after a restart: what was counted is kept.
    const again = new Stories(new Map(put));
    again.apply({ kind: 'preempted', id: 'a', at: 9_000, end: 'killed', dueAt: 9_000 });
    again.apply(leased('a', 20_000));
    again.apply(completed('a', 30_000));
    const [facts] = again.take().told;
    expect(facts).toMatchObject({ preemptions: [{ lostMs: 5_000 }], attempts: [{ n: 1, checkpoints: 1 }] });
  });

  it('does not count a lease that was given back; a lost one it does', () => {
    const returned: JournalRecord = { kind: 'requeued', id: 'a', at: 2_500, why: 'returned' };
    const lost: JournalRecord = { kind: 'requeued', id: 'a', at: 4_500, why: 'lost' };
    const facts = told([submitted('a'), leased('a', 2_000), returned, leased('a', 4_000), lost]);
    expect(facts.attempts).toMatchObject([{ n: 1, startedAt: 4_000, endedAt: 4_500, outcome: 'lost' }]);
  });

  it('passes over what belongs to a task whose beginning is gone', () => {
    const stories = new Stories(new Map());
    for (const record of [leased('x', 1), completed('x', 2)]) stories.apply(record);
    expect(stories.take()).toEqual({ told: [], put: [], drop: [], deleted: [] });
  });

  it('keeps an open task, and drops it with its verdict', () => {
    const stories = new Stories(new Map());
    stories.apply(submitted('a'));
    expect(stories.take().put.map(([id]) => id)).toEqual(['a']);
    stories.apply(leased('a', 2));
    stories.apply(completed('a', 3));
    expect(stories.take()).toMatchObject({ put: [], drop: ['a'] });
    expect(stories.open).toBe(0);
  });
});

describe('a deleted task', () => {
  const deleted = (id: string, namespace = 'default'): JournalRecord => ({
    kind: 'deleted',
    id,
    at: 99,
    namespace,
  });

  it('is told no more, and its points are to go', () => {
    const stories = new Stories(new Map());
    for (const record of [submitted('a'), leased('a', 2), completed('a', 3), deleted('a')])
      stories.apply(record);
    expect(stories.take()).toEqual({
      told: [],
      put: [],
      drop: [],
      deleted: [{ id: 'a', namespace: 'default', at: 99 }],
    });
    expect(stories.take().deleted).toEqual([]);
  });

  it('has no open story any more, also where its verdict was never read', () => {
    const stories = new Stories(new Map());
    for (const id of ['a', 'b']) stories.apply(submitted(id));
    stories.take();
    stories.apply(deleted('a'));
    stories.apply(deleted('b', 'other'));
    expect(stories.take()).toMatchObject({ told: [], drop: ['a'] });
    expect(stories.open).toBe(1);
  });

  it('makes room for another one under its id', () => {
    const stories = new Stories(new Map());
    for (const record of [submitted('a'), completed('a', 3), deleted('a'), submitted('a', 100)])
      stories.apply(record);
    const { told, drop, put } = stories.take();
    expect(told.map(({ submittedAt }) => submittedAt)).toEqual([100]);
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
];

/** What the index holds in the end: documents by id, later ones in place of earlier ones. */
const indexed = (records: readonly JournalRecord[], cuts: ReadonlySet<number>): Map<string, string> => {
  const index = new Map<string, string>();
  let kept = new Map<string, string>();
  let stories = new Stories(kept);
  records.forEach((record, at) => {
    stories.apply(record);
    if (!cuts.has(at) && at < records.length - 1) return;
    const { told: changed, put, drop } = stories.take();
    for (const { id, text, payload } of changed.flatMap(documentsOf))
      index.set(id, `${text} ${JSON.stringify(payload)}`);
    kept = new Map([...kept, ...put]);
    for (const id of drop) kept.delete(id);
    // Every batch ends with a restart.
    stories = new Stories(kept);
  });
  return index;
};

describe('a restart between any two records', () => {
  it('changes nothing of what is in the index in the end', () => {
    const order = fc.shuffledSubarray(
      LIVES.flatMap((life, which) => life.map(() => which)),
      { minLength: 15 },
    );
    fc.assert(
      fc.property(order, fc.array(fc.nat(14)), (turns, cuts) => {
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
