import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rootedFiles } from '../builtin/files/rooted-files.ts';
import { anAttempt } from '../testing/attempt.ts';
import { textExecutor } from './text.executor.ts';
import type { TextResult } from './examine.ts';
import type { TextOptions } from './text.executor.ts';
import { slicesOf, textCounter } from './text-statistics.ts';

const NO_FILES = { files: rootedFiles({ roots: [] }) };

const run = async (payload: unknown, options: TextOptions = NO_FILES): Promise<TextResult> =>
  (await anAttempt({ payload }, { type: 'text.process' }).run(textExecutor(options))) as TextResult;

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'precedent-text-'));
  return {
    path,
    files: rootedFiles({ roots: [path] }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
};

test('a text is counted and hashed', async () => {
  const text = "The river runs.\nThe river's bed, the river!\n";
  expect(await run({ text })).toEqual({
    count: { bytes: 44, characters: 44 },
    words: 8,
    lines: 2,
    topTerms: [
      { term: 'river', count: 2 },
      { term: 'bed', count: 1 },
      { term: "river's", count: 1 },
      { term: 'runs', count: 1 },
    ],
    hash: createHash('sha256').update(text).digest('hex'),
  });
});

test('the result contains only the requested operations', async () => {
  expect(await run({ text: 'a\nb', operations: ['lines'] })).toEqual({ lines: 2 });
});

test('an empty text has nothing', async () => {
  expect(await run({ text: '', operations: ['count', 'words', 'lines', 'top-terms'] })).toEqual({
    count: { bytes: 0, characters: 0 },
    words: 0,
    lines: 0,
    topTerms: [],
  });
});

test('a file is read from its path, a relative one from the first root', async () => {
  await using dir = await folder();
  await writeFile(join(dir.path, 'a.txt'), 'grün und grau\n');
  const payload = { path: 'a.txt', operations: ['count', 'words'] };
  expect(await run(payload, { files: dir.files })).toEqual({
    count: { bytes: 15, characters: 14 },
    words: 3,
  });
});

test('a file that is too large, not a regular file or missing fails with a clear error', async () => {
  await using dir = await folder();
  await writeFile(join(dir.path, 'a.txt'), '12345');
  const options = { files: dir.files, maxBytes: 4 };
  await expect(run({ path: 'a.txt' }, options)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: 'a.txt has 5 bytes of 4 at most',
  });
  await expect(run({ path: '.' }, options)).rejects.toMatchObject({
    message: '. is not a regular file',
  });
  await expect(run({ path: 'b.txt' }, options)).rejects.toMatchObject({
    code: 'HANDLER_FAILED',
    message: 'b.txt cannot be read: ENOENT',
  });
});

test('a file outside the roots is not read', async () => {
  await using dir = await folder();
  await symlink('/etc/hostname', join(dir.path, 'link'));
  for (const path of ['/etc/hostname', '../../etc/hostname', 'link'])
    await expect(run({ path }, { files: dir.files })).rejects.toMatchObject({
      code: 'INVALID_TASK',
      message: expect.stringContaining('outside the folders that this worker may touch') as string,
    });
  await expect(run({ path: '/etc/hostname' })).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining('worker.roots') as string,
  });
});

test.each([
  [undefined, 'payload'],
  [{}, 'payload'],
  [{ text: 'a', path: 'b' }, 'payload'],
  [{ text: 5 }, 'payload'],
  [{ text: 'a', operations: [] }, 'payload.operations'],
  [{ text: 'a', operations: ['count', 'sum'] }, 'payload.operations'],
  [{ text: 'a', operations: 'count' }, 'payload.operations'],
])('%j is refused at %s', async (payload, field) => {
  await expect(run(payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    extras: { issues: [expect.objectContaining({ field })] },
  });
});

test('a long text shows progress and can be stopped between two pieces', async () => {
  const attempt = anAttempt({ payload: { text: 'word '.repeat(100_000) } });
  const ran = attempt.run(textExecutor(NO_FILES));
  attempt.stop({ reason: 'cancelled', graceMs: 1_000 });
  await expect(ran).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(attempt.progress).toHaveLength(1);
  const whole = anAttempt({ payload: { text: 'word '.repeat(100_000), operations: ['words'] } });
  expect(await whole.run(textExecutor(NO_FILES))).toEqual({ words: 100_000 });
  expect(whole.progress.at(-1)).toBe(1);
});

test('counting in pieces is counting the whole', () => {
  const words = fc.array(fc.constantFrom('alpha', 'beta', 'né', ' ', '\n', "it's", '😀', '\t'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(words, fc.integer({ min: 8, max: 30 }), (parts, chars) => {
      const text = parts.join(' ');
      const whole = textCounter(100);
      whole.add(text);
      const cut = textCounter(100);
      for (const piece of slicesOf(text, chars)) cut.add(piece);
      expect(cut.counts()).toEqual(whole.counts());
    }),
  );
});
