import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootedFiles } from '../builtin/files/rooted-files.ts';
import { anAttempt, resumeAfter } from '../testing/attempt.ts';
import type { Attempt, AttemptOptions } from '../testing/attempt.ts';
import { BATCH_STATE } from './batch-state.ts';
import type { BatchState } from './batch-state.ts';
import type { TextBatchResult } from './text-batch.ts';
import { textExecutor } from './text.executor.ts';

/** A folder with so many files; the n-th has n words. */
const files = async (count: number) => {
  const cwd = await mkdtemp(join(tmpdir(), 'precedent-batch-'));
  const paths = Array.from({ length: count }, (_, i) => `${i + 1}.txt`);
  for (const [i, path] of paths.entries()) await writeFile(join(cwd, path), 'word '.repeat(i + 1));
  return {
    cwd,
    paths,
    files: rootedFiles({ roots: [cwd] }),
    [Symbol.asyncDispose]: () => rm(cwd, { recursive: true }),
  };
};

const attemptAt = (payload: unknown, options: AttemptOptions = {}): Attempt =>
  anAttempt({ payload }, { type: 'text.process' }, options);
const doneIn = ({ checkpoints }: Attempt): number[] =>
  checkpoints.map(({ state }) => (state as BatchState).done);
const nameOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'completed',
    (error: unknown) => (error instanceof Error ? error.name : 'none'),
  );

test('many files give a result each, in their order, with progress and a checkpoint after each batch', async () => {
  await using dir = await files(7);
  const attempt = attemptAt({ paths: dir.paths, operations: ['words'], batch: 3 });
  expect(await attempt.run(textExecutor(dir))).toEqual({
    files: 7,
    failed: 0,
    bytes: 5 * (1 + 2 + 3 + 4 + 5 + 6 + 7),
    results: dir.paths.map((path, i) => ({ path, words: i + 1 })),
    truncated: false,
  });
  expect(doneIn(attempt)).toEqual([3, 6]);
  expect(attempt.progress).toEqual(attempt.progress.toSorted((a, b) => a - b));
  expect(attempt.progress.at(-1)).toBe(1);
});

test('preempted again and again, between any two files, it gives the same result', async () => {
  await using dir = await files(12);
  const payload = { paths: dir.paths, operations: ['words', 'hash'], batch: 4 };
  const whole = await attemptAt(payload).run(textExecutor(dir));
  let options: AttemptOptions = {};
  const yieldedAt: number[] = [];
  for (const wanted of [1, 3, 4, 8, 11]) {
    const attempt = attemptAt(payload, options);
    // The request comes during the file before, when its progress is reported.
    attempt.progress.push = (fraction) => {
      if (Math.round(fraction * 12) === wanted) attempt.yield();
      return 0;
    };
    expect(await nameOf(attempt.run(textExecutor(dir)))).toBe('YieldSignal');
    yieldedAt.push(doneIn(attempt).at(-1) ?? 0);
    options = resumeAfter(attempt);
  }
  expect(yieldedAt).toEqual([1, 3, 4, 8, 11]);
  const last = attemptAt(payload, options);
  expect(await last.run(textExecutor(dir))).toEqual(whole);
  expect(last.progress[0]).toBeCloseTo(11 / 12);
});

test('requested to yield before a new result, it yields without a checkpoint', async () => {
  await using dir = await files(2);
  const first = attemptAt({ paths: dir.paths });
  first.yield();
  expect(await nameOf(first.run(textExecutor(dir)))).toBe('YieldSignal');
  expect(first.checkpoints).toEqual([]);
});

test('a file that cannot be read is a result too; when none can, the task has failed', async () => {
  await using dir = await files(2);
  const paths = ['1.txt', 'missing.txt', '.', '2.txt'];
  const some = (await attemptAt({ paths, operations: ['words'] }).run(textExecutor(dir))) as TextBatchResult;
  expect(some).toMatchObject({ files: 4, failed: 2, bytes: 15 });
  expect(some.results).toEqual([
    { path: '1.txt', words: 1 },
    { path: 'missing.txt', error: { code: 'HANDLER_FAILED', message: expect.stringContaining('ENOENT') } },
    { path: '.', error: { code: 'INVALID_TASK', message: expect.stringContaining('not a regular file') } },
    { path: '2.txt', words: 2 },
  ]);
  await expect(attemptAt({ paths: ['a', 'b'] }).run(textExecutor(dir))).rejects.toMatchObject({
    code: 'HANDLER_FAILED',
    message: 'none of 2 files could be processed: a cannot be read: ENOENT',
  });
});

test('results beyond the size of a report are counted, and not listed', async () => {
  await using dir = await files(1);
  await writeFile(
    join(dir.cwd, 'terms.txt'),
    Array.from({ length: 50 }, (_, i) => `${'x'.repeat(100)}${i}`).join(' '),
  );
  const paths = Array.from({ length: 60 }, () => 'terms.txt');
  const attempt = attemptAt({ paths, operations: ['top-terms'], batch: 60 });
  const result = (await attempt.run(textExecutor({ files: dir.files, topTerms: 50 }))) as TextBatchResult;
  expect(result).toMatchObject({ files: 60, failed: 0, truncated: true });
  expect(result.results.length).toBeGreaterThan(20);
  expect(JSON.stringify(result).length).toBeLessThan(200 * 1024);
});

test('a stop ends it between two files, with what is durable left in place', async () => {
  await using dir = await files(5);
  const attempt = attemptAt({ paths: dir.paths, batch: 2 });
  attempt.progress.push = (fraction) => {
    if (fraction === 3 / 5) attempt.stop({ reason: 'cancelled', graceMs: 0 });
    return 0;
  };
  await expect(attempt.run(textExecutor(dir))).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(doneIn(attempt)).toEqual([2]);
});

test.each([
  [{ kind: 'folder/1', entries: [] }],
  [{ kind: BATCH_STATE, done: 3, failed: 0, bytes: 0, chars: 0, results: [] }],
  [{ kind: BATCH_STATE, done: 1, failed: 0, bytes: 0, chars: 0, results: [{}, {}] }],
  [{ kind: BATCH_STATE, done: -1, failed: 0, bytes: 0, chars: 0, results: [] }],
  ['text'],
])('with a checkpoint that is not its own it starts from zero, case %#', async (state) => {
  await using dir = await files(2);
  const attempt = attemptAt(
    { paths: dir.paths, operations: ['words'] },
    { resume: { state, version: '1', segment: 1 } },
  );
  expect(await attempt.run(textExecutor(dir))).toMatchObject({
    files: 2,
    results: [{ words: 1 }, { words: 2 }],
  });
  expect(attempt.text('log')).toBe('the checkpoint is not one of this task; it starts from zero\n');
});

test.each([
  [{ paths: [] }, 'payload.paths', 'expected 1 to 1000 paths, each a string; got a list of 0'],
  [{ paths: 'a' }, 'payload.paths', 'expected 1 to 1000 paths, each a string; got "a"'],
  [{ paths: ['a', 1] }, 'payload.paths', 'expected 1 to 1000 paths, each a string; got a list of 2'],
  [
    { paths: Array(1_001).fill('a') },
    'payload.paths',
    'expected 1 to 1000 paths, each a string; got a list of 1001',
  ],
  [{ paths: ['a'], batch: 0 }, 'payload.batch', 'expected 1 to 1000 files; got 0'],
  [{ paths: ['a'], text: 'b' }, 'payload', expect.stringContaining('got none, several')],
])('is refused, case %#', async (payload, field, message) => {
  await expect(
    attemptAt(payload).run(textExecutor({ files: rootedFiles({ roots: [] }) })),
  ).rejects.toMatchObject({
    code: 'INVALID_TASK',
    extras: { issues: [{ field, message }] },
  });
});
