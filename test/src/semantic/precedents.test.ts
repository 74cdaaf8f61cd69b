import { describe, expect, it } from 'vitest';
import { memoryVectorIndex } from '@precedent/memory';
import type { PointFilter, VectorIndex } from '@precedent/ports';
import {
  INDEXED_FIELDS,
  SemanticHistory,
  querySubjectOf,
  documentsOf,
  inputFacts,
  runFromFacts,
} from '@precedent/semantic';
import type { Subject, AttemptFacts, TaskFacts } from '@precedent/semantic';
import { wordEmbedder } from './word-embedder.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = 20_000 * DAY;
const ABOUT = { namespace: 'default', now: NOW };

const words = wordEmbedder();

let count = 0;
/** A task that ran once, for a minute, by default. */
const task = (name: string, at: number, given: Partial<TaskFacts> = {}): TaskFacts => {
  count += 1;
  const id = given.id ?? `t-${count}`;
  const attempt = { n: 1, worker: 'w', startedAt: at, endedAt: at + MINUTE, outcome: 'completed' } as const;
  return {
    id,
    namespace: 'default',
    project: 'shop',
    type: 'command',
    band: 'normal',
    submittedAt: at,
    settledAt: at + MINUTE,
    outcome: 'completed',
    attempts: [attempt],
    ...inputFacts({ name, command: name }, id),
    ...given,
  };
};

/** A task that was submitted and is not settled. */
const waiting = (name: string, at: number, given: Partial<TaskFacts> = {}): TaskFacts => {
  const { settledAt: _, outcome: __, ...facts } = task(name, at, given);
  return { ...facts, attempts: [] };
};

/** The subject of a query about a hypothetical task with these facts. */
const hypothetical = (facts: TaskFacts): Subject => {
  const { task: _, ...rest } = querySubjectOf(facts);
  return rest;
};

/** A semantic history with these tasks, and the filters of every query to its index. */
const historyWith = async (tasks: readonly TaskFacts[], unindexed: readonly TaskFacts[] = []) => {
  const index = memoryVectorIndex();
  await index.ensure({ name: 'c', dimensions: 64, indexed: INDEXED_FIELDS });
  const documents = tasks.flatMap((facts) =>
    documentsOf(facts).map(({ id, kind, payload }) => ({
      id,
      payload: kind === 'spec' ? { ...payload, run: JSON.stringify(runFromFacts(facts)) } : payload,
    })),
  );
  const vectors = await words.embed(documents.map(({ payload }) => payload.text));
  const points = documents.map((one, at) => ({ ...one, vector: vectors[at] ?? new Float32Array(64) }));
  for (let at = 0; at < points.length; at += 1_000) await index.upsert('c', points.slice(at, at + 1_000));
  const filters: PointFilter[] = [];
  const watched: VectorIndex = {
    ...index,
    query: (name, query) => (filters.push(query.filter), index.query(name, query)),
    scroll: (name, filter, page) => (filters.push(filter), index.scroll(name, filter, page)),
    count: (name, filter) => (filters.push(filter), index.count(name, filter)),
  };
  const context = { index: watched, collection: 'c', embedder: words };
  const find = async (task: string) => unindexed.find(({ id }) => id === task);
  return { filters, history: new SemanticHistory(() => context, find) };
};

/** A build, its test and its deployment on each of the last days, and a poll every hour. */
const days = (n: number, given: Partial<TaskFacts> = {}): readonly TaskFacts[] =>
  Array.from({ length: n }, (_, day) => {
    const at = NOW - (day + 1) * DAY;
    const polls = Array.from({ length: 24 }, (__, hour) => task('poll inbox', at + hour * HOUR, given));
    return [
      task('compile shop', at + 7 * MINUTE, given),
      task('check shop', at + 9 * MINUTE, { artifacts: { 'coverage.html': 'ab' }, ...given }),
      task('publish shop', at + 11 * MINUTE, given),
      ...polls,
    ];
  }).flat();

const relations = (found: readonly { relation: string; name: string }[]) =>
  found.map(({ relation, name }) => `${relation}: ${name}`).toSorted();

describe('recommendations', () => {
  it('come from the temporal neighbours of similar tasks, with a bounded number of queries', async () => {
    const { history, filters } = await historyWith(days(8));
    const answer = await history.recommend(hypothetical(task('check shop', NOW)), ABOUT);
    expect(answer).toMatchObject({ basis: 'spec', cases: 8 });
    expect(relations(answer.recommendations)).toEqual([
      'artifacts: coverage.html',
      'dependencies: compile shop',
      'next: publish shop',
    ]);
    expect(filters.length).toBeLessThan(40);
    expect(filters.every(({ namespace }) => namespace === 'default')).toBe(true);
  });

  it('never come from another namespace or another project', async () => {
    const elsewhere = [...days(8, { namespace: 'two' }), ...days(8, { project: 'web' })];
    const own = Array.from({ length: 8 }, (_, day) => task('check shop', NOW - (day + 1) * DAY + 9 * MINUTE));
    const { history } = await historyWith([...elsewhere, ...own]);
    const { recommendations } = await history.recommend(hypothetical(task('check shop', NOW)), ABOUT);
    expect(recommendations).toEqual([]);
    const other = { ...ABOUT, namespace: 'three' };
    expect(await history.recommend(hypothetical(task('check shop', NOW)), other)).toMatchObject({ cases: 0 });
  });

  it('come from semantically similar tasks where too few have the same spec', async () => {
    const { history } = await historyWith(days(8));
    const variant = task('check shop', NOW, { labels: { team: 'red' }, payloadShape: ['dryRun:boolean'] });
    const answer = await history.recommend(hypothetical(variant), ABOUT);
    expect(answer.basis).toBe('alike');
    expect(relations(answer.recommendations)).toContain('next: publish shop');
  });
});

describe('predictions', () => {
  const runs = (n: number, given: Partial<TaskFacts> = {}): readonly TaskFacts[] =>
    Array.from({ length: n }, (_, at) => task('check shop', NOW - (at + 1) * HOUR, given));
  const others = (type: string): readonly TaskFacts[] =>
    Array.from({ length: 30 }, (_, at) => task(`check ${at}`, NOW - (at + 1) * HOUR, { type }));

  it('come from no other spec of a built-in type, and say how many runs there are', async () => {
    const { history } = await historyWith([...others('command'), ...runs(3)]);
    const prediction = await history.predict(hypothetical(task('check shop', NOW)), ABOUT);
    expect(prediction).toMatchObject({ looked: 3, completed: 3, needed: 8 });
    for (const part of ['duration', 'failure', 'timeout', 'memory'])
      expect(prediction).not.toHaveProperty(part);
  });

  it('come from eight runs of the spec', async () => {
    const { history } = await historyWith([...others('command'), ...runs(8)]);
    const prediction = await history.predict(hypothetical(task('check shop', NOW)), ABOUT);
    expect(prediction).toMatchObject({
      looked: 8,
      duration: { basis: 'spec', support: 8 },
      failure: { odds: 0, basis: 'spec' },
    });
  });

  it('come from similar tasks of a type that is not built in', async () => {
    const type = 'shop.check';
    const { history } = await historyWith([...others(type), ...runs(3, { type })]);
    const prediction = await history.predict(hypothetical(task('check shop', NOW, { type })), ABOUT);
    expect(prediction).toMatchObject({ looked: 33, duration: { basis: 'type' } });
  });
});

describe('the difference from the last success', () => {
  it('compares a task without a name with one of the same command only', async () => {
    const unnamed = (id: string, command: string, at: number): TaskFacts =>
      task('', at, { id, ...inputFacts({ command, args: [id] }, id) });
    const { history } = await historyWith([
      unnamed('older', 'make', NOW - HOUR),
      unnamed('other', 'echo', NOW - MINUTE),
      unnamed('broken', 'make', NOW),
      unnamed('first', 'cargo', NOW),
    ]);
    const about = { ...ABOUT, now: NOW + HOUR };
    expect((await history.diff('broken', about)).lastSuccess?.task).toBe('older');
    expect(await history.diff('first', about)).toEqual({ task: 'first', changes: [] });
  });

  it('shows how the usual dependencies of the task ended', async () => {
    const broken = { outcome: 'failed' } as const;
    const { history, filters } = await historyWith([
      ...days(8),
      task('compile shop', NOW + 7 * MINUTE, broken),
      task('check shop', NOW + 9 * MINUTE, { id: 'broken', ...broken }),
    ]);
    const { changes } = await history.diff('broken', { ...ABOUT, now: NOW + HOUR });
    expect(changes).toContainEqual({
      field: 'dependencies',
      name: 'compile shop',
      before: 'completed',
      after: 'failed',
    });
    expect(filters.length).toBeLessThan(45);
  });
});

describe('a prediction', () => {
  it('lists equal tasks that are active or just completed, and similar ones with other values', async () => {
    const same = { ...inputFacts({ name: 'load rows', command: 'load', args: ['7'] }, 'x') };
    const { history } = await historyWith([
      waiting('load rows', NOW - HOUR, { id: 'active', ...same }),
      task('load rows', NOW - 2 * MINUTE, { id: 'recent', ...same }),
      task('load rows', NOW - 3 * HOUR, { id: 'old', ...same }),
      waiting('load rows', NOW, {
        id: 'other',
        ...inputFacts({ name: 'load rows', command: 'load', args: ['8'] }, 'y'),
      }),
      waiting('load rows', NOW, { id: 'foreign', namespace: 'two', ...same }),
      waiting('load rows', NOW, { id: 'elsewhere', project: 'web', ...same }),
    ]);
    const { duplicates } = await history.predict(hypothetical(task('load rows', NOW, same)), ABOUT);
    expect(duplicates?.equal).toMatchObject([
      { task: 'active', state: 'active' },
      { task: 'recent', state: 'completed' },
    ]);
    expect(duplicates?.similar).toMatchObject([{ task: 'other', state: 'active', isSameKind: true }]);
    expect((await history.predictFor('active', ABOUT)).duplicates?.equal).toMatchObject([{ task: 'recent' }]);
    expect(await history.predict(hypothetical(task('water plants', NOW)), ABOUT)).not.toHaveProperty(
      'duplicates',
    );
  });

  it('answers about a task without documents from those that stand for it, in its namespace only', async () => {
    const indexed = Array.from({ length: 8 }, () => task('sort mail', NOW - DAY));
    const old = task('sort mail', NOW - DAY, { id: 'displaced' });
    const foreign = { ...task('sort mail', NOW - DAY), id: 'foreign', namespace: 'two' };
    const { history } = await historyWith(indexed, [old, foreign]);
    const known = await history.predictFor(indexed[0]?.id ?? '', ABOUT);
    expect((await history.predictFor('displaced', ABOUT)).duration).toEqual(known.duration);
    expect(known.duration?.support).toBe(8);
    await history.requireEvidence(ABOUT.namespace, 'displaced');
    await expect(history.predictFor('foreign', ABOUT)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await expect(history.predictFor('never', ABOUT)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('compares the requested attempt timeout with the durations of earlier runs', async () => {
    const { history } = await historyWith(Array.from({ length: 8 }, () => task('sort mail', NOW - DAY)));
    const timeout = async (attemptTimeoutMs: number) =>
      (await history.predict(hypothetical(task('sort mail', NOW, { limits: { attemptTimeoutMs } })), ABOUT))
        .timeout;
    expect(await timeout(50 * SECOND)).toMatchObject({ reason: 'too_low', now: 50 * SECOND });
    expect(await timeout(3 * MINUTE)).toBeUndefined();
  });

  it('suggests the memory limit from the peak use, and advises whether a retry pays', async () => {
    const failed: AttemptFacts = {
      n: 1,
      worker: 'w',
      startedAt: NOW - DAY,
      endedAt: NOW - DAY + SECOND,
      outcome: 'failed',
      error: { code: 'COMMAND_FAILED', message: 'connection reset' },
    };
    const well: AttemptFacts = {
      ...failed,
      n: 2,
      startedAt: NOW - DAY + 31 * SECOND,
      endedAt: NOW - DAY + MINUTE,
      outcome: 'completed',
      peakMemoryMb: 900,
    };
    const { error: _, ...second } = well;
    const limits = { memoryMb: 256 };
    const flaky = Array.from({ length: 8 }, () =>
      task('sync stock', NOW - DAY, { attempts: [failed, second], limits }),
    );
    const last = task('sync stock', NOW - MINUTE, {
      attempts: [{ ...failed, startedAt: NOW - MINUTE, endedAt: NOW }],
      outcome: 'failed',
      limits,
    });
    const { history } = await historyWith([...flaky, last]);
    const prediction = await history.predictFor(last.id, ABOUT);
    expect(prediction.memory).toMatchObject({ reason: 'too_low', value: 1_152, now: 256, support: 8 });
    expect(prediction.retry).toMatchObject({ advice: 'retry', support: 8, delayMs: 30 * SECOND });
    const seen = await history.seen(last.id, ABOUT);
    expect(seen).toMatchObject({ same: { count: 8, retry: { advice: 'retry' } }, memory: { value: 1_152 } });
  });

  it('shows the cost of preemptions, and advises checkpoints', async () => {
    const lost = { at: NOW - DAY, reason: 'It was ended by force.', lostMs: 30 * SECOND };
    const victims = Array.from({ length: 6 }, () => task('train', NOW - DAY, { preemptions: [lost] }));
    const { history } = await historyWith([...victims, task('other', NOW - DAY, { preemptions: [lost] })]);
    expect((await history.predict(hypothetical(task('train', NOW)), ABOUT)).interruptions).toMatchObject({
      preemptions: 6,
      lostShare: 1 / 3,
      advice: 'write_checkpoints',
    });
  });

  it('knows the outcome of retries of other tasks with the same failure', async () => {
    const ran = (n: number, at: number) => ({ n, worker: 'w', startedAt: at, endedAt: at + SECOND });
    const error = { code: 'COMMAND_FAILED', message: 'disk quota of the tenant is used up' };
    const broken = (at: number): AttemptFacts => ({ ...ran(1, at), outcome: 'failed', error });
    const others = Array.from({ length: 12 }, (_, n) =>
      task(`job ${'abcdefghijkl'[n]}`, NOW - HOUR, {
        attempts: [broken(NOW - HOUR), { ...ran(2, NOW - HOUR + MINUTE), outcome: 'completed' }],
      }),
    );
    const own = task('paint', NOW, { attempts: [broken(NOW)], outcome: 'failed', settledAt: NOW });
    const { history } = await historyWith([...others, own]);
    expect(await history.seen(own.id, { ...ABOUT, now: NOW + MINUTE })).toMatchObject({
      same: { tasks: 12, retry: { advice: 'retry', support: 12 } },
    });
  });
});

describe('the count of a failure that was seen before', () => {
  it('includes all occurrences, also where the newest ones suffice for advice', async () => {
    const failedAt = (at: number): TaskFacts =>
      task('sync', at, {
        outcome: 'failed',
        attempts: [
          {
            n: 1,
            worker: 'w',
            startedAt: at,
            endedAt: at + SECOND,
            outcome: 'failed',
            error: { code: 'COMMAND_FAILED', message: 'no route to the host' },
          },
        ],
      });
    const fresh = Array.from({ length: 250 }, (_, n) => failedAt(NOW - 30 * MINUTE + n * SECOND));
    const old = Array.from({ length: 150 }, (_, n) => failedAt(NOW - 20 * DAY + n * MINUTE));
    const last = failedAt(NOW - MINUTE);
    const { history } = await historyWith([...old, ...fresh, last]);
    expect(await history.seen(last.id, ABOUT)).toMatchObject({ same: { count: 400, partial: true } });
  });
});

describe('the summary of failures', () => {
  const failing = (name: string, at: number, message: string, given: Partial<TaskFacts> = {}): TaskFacts =>
    task(name, at, {
      outcome: 'failed',
      attempts: [
        {
          n: 1,
          worker: 'w',
          startedAt: at,
          endedAt: at + SECOND,
          outcome: 'failed',
          error: { code: 'COMMAND_FAILED', message },
        },
      ],
      ...given,
    });

  const PAGE = { offset: 0, limit: 20, newFirst: false };

  it('covers every cause over its pages', async () => {
    const tools = ['oven', 'mixer', 'scale', 'belt', 'press', 'lamp', 'pump', 'valve', 'fan', 'saw', 'drill'];
    const parts = ['door', 'motor', 'sensor', 'cable', 'screw', 'hinge', 'wheel'];
    const causes = tools.flatMap((tool) => parts.map((part) => `${tool} lost its ${part}`));
    const { history } = await historyWith(
      causes.map((cause, n) => failing(cause, NOW - (n + 1) * MINUTE, cause)),
    );
    const query = { namespace: 'default', since: NOW - DAY, now: NOW, ...PAGE, limit: 50 };
    const [first, second] = [await history.failures(query), await history.failures({ ...query, offset: 50 })];
    const counted = [...first.clusters, ...second.clusters].map(({ count: n }) => n);
    expect(counted.reduce((a, b) => a + b, 0)).toBe(first.failures);
    expect(first).toMatchObject({ failures: causes.length, found: counted.length });
  });

  it('groups failures by cause, marks new ones, and includes only those of the namespace', async () => {
    const { history } = await historyWith([
      ...Array.from({ length: 5 }, (_, n) =>
        failing('import', NOW - (n + 2) * HOUR, 'table orders is locked'),
      ),
      failing('import', NOW - 20 * DAY, 'table orders is locked'),
      failing('bake', NOW - HOUR, 'oven is cold'),
      failing('steal', NOW - HOUR, 'foreign secret', { namespace: 'two' }),
      failing('web', NOW - HOUR, 'another project', { project: 'web' }),
    ]);
    const answer = await history.failures({
      namespace: 'default',
      project: 'shop',
      since: NOW - 7 * DAY,
      now: NOW,
      ...PAGE,
    });
    expect(answer).toMatchObject({ failures: 6, partial: false, semantic: true });
    expect(answer.clusters.map(({ count: n, kinds }) => [n, kinds[0]?.isNew])).toEqual([
      [5, false],
      [1, true],
    ]);
    const future = { namespace: 'default', since: NOW + 1, now: NOW, ...PAGE };
    await expect(history.failures(future)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
