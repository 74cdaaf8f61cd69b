import { renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { aWorld, pointsIn, runPreempted } from './world.ts';
import type { World } from './world.ts';

const TASK = { folder: '.', collection: 'docs', chunk: { maxChars: 200, overlap: 0 }, batch: 4 };

const process = (world: World, payload: object = {}, namespace = 'default'): Promise<unknown> =>
  world.run('document.process', { ...TASK, ...payload }, { namespace });

/** Paragraphs that each fill a chunk, all different. */
const paragraphs = (name: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${name} ${i} ${'lorem ipsum '.repeat(12)}`).join('\n\n');

const places = (points: readonly Readonly<Record<string, unknown>>[], world: World): string[] =>
  points.map(({ path: file, chunk }) => `${path.relative(world.folder, String(file))}#${String(chunk)}`);

it('document.process indexes a folder of files of every kind, each chunk under its heading', async () => {
  using world = aWorld();
  world.write({
    'guide.md': '# Guide\n\nHow to begin.\n\n## Disks\n\nWhat to do when a disk is full.\n',
    'page.html': '<h1>Page</h1><script>var x = "hidden"</script><p>Some <b>bold</b> words &amp; more</p>',
    'settings.yaml': 'server:\n  port: 80\nclient:\n  retries: 3\n',
    'data.json': '{"colour": "green", "size": [1, 2]}',
    'rows.csv': 'name,place\nAda,London\nGrace,Arlington\n',
    'code.ts':
      'import x from "y";\n\nexport const add = (a: number) => {\n\n  return a;\n};\n\nfunction two() {}\n',
    'deep/er/note.txt': 'A note.\n',
  });
  const result = await process(world);
  expect(result).toMatchObject({ files: 7, indexed: 7, unchanged: 0, removed: 0, skipped: { count: 0 } });
  const points = await pointsIn(world, 'docs');
  const headings = points.map((point) => [
    path.basename(String(point['path'])),
    point['heading'],
    point['text'],
  ]);
  expect(headings).toEqual([
    ['code.ts', 'import x from "y";', 'import x from "y";\n\nimport x from "y";'],
    ['code.ts', 'export const add = (a: number) => {', expect.stringContaining('return a;\n};')],
    ['code.ts', 'function two() {}', expect.stringContaining('function two() {}')],
    ['data.json', 'colour', 'colour\n\ncolour: "green"'],
    ['data.json', 'size', expect.stringContaining('1,\n 2')],
    ['note.txt', '', 'A note.'],
    ['guide.md', 'Guide', 'Guide\n\nHow to begin.'],
    ['guide.md', 'Guide > Disks', 'Guide > Disks\n\nWhat to do when a disk is full.'],
    ['page.html', 'Page', 'Page\n\nSome bold words & more'],
    ['rows.csv', 'name,place', 'name,place\n\nAda,London\n\nGrace,Arlington'],
    ['settings.yaml', 'server', 'server\n\nserver:\n  port: 80'],
    ['settings.yaml', 'client', 'client\n\nclient:\n  retries: 3'],
  ]);
});

it('documents that document.process indexed are found by meaning', async () => {
  using world = aWorld();
  world.write({ 'a.md': '# Disks\n\nthe disk is full', 'b.md': '# Login\n\nthe password was wrong' });
  await process(world);
  const [vector = new Float32Array()] = await world.embedder.embed(['full disk']);
  const [first] = await world.vectors.query('user_docs', {
    filter: { namespace: 'default' },
    vector,
    limit: 1,
  });
  expect(first?.payload['path']).toBe(path.join(world.folder, 'a.md'));
});

it('document.process embeds only changed files, and removes the other chunks of an old version', async () => {
  using world = aWorld();
  world.write({ 'a.txt': paragraphs('a', 3), 'b.txt': paragraphs('b', 5) });
  expect(await process(world)).toMatchObject({ indexed: 2, chunks: 8 });
  world.embedder.texts.length = 0;
  expect(await process(world)).toMatchObject({ indexed: 0, unchanged: 2, chunks: 0 });
  expect(world.embedder.texts).toEqual([]);
  world.write({ 'b.txt': paragraphs('changed', 2) });
  expect(await process(world)).toMatchObject({ indexed: 1, unchanged: 1, chunks: 2 });
  expect(world.embedder.texts).toHaveLength(2);
  const points = await pointsIn(world, 'docs');
  expect(places(points, world)).toEqual(['a.txt#0', 'a.txt#1', 'a.txt#2', 'b.txt#0', 'b.txt#1']);
  expect(points.filter(({ text }) => String(text).startsWith('b '))).toEqual([]);
});

it('document.process chunks all files again when the chunking options change', async () => {
  using world = aWorld();
  world.write({ 'a.txt': paragraphs('a', 4) });
  await process(world);
  expect(await process(world, { chunk: { maxChars: 1_000, overlap: 0 } })).toMatchObject({
    indexed: 1,
    chunks: 1,
  });
  expect(await pointsIn(world, 'docs')).toHaveLength(1);
});

it('document.process removes the chunks of deleted files, and keeps those of files that only match no glob', async () => {
  using world = aWorld();
  world.write({ 'a.md': 'a', 'sub/b.md': 'b', 'c.txt': 'c' });
  await process(world);
  rmSync(path.join(world.folder, 'sub'), { recursive: true });
  expect(await process(world, { globs: ['*.md'] })).toMatchObject({ files: 1, unchanged: 1, removed: 1 });
  expect(places(await pointsIn(world, 'docs'), world)).toEqual(['a.md#0', 'c.txt#0']);
  rmSync(path.join(world.folder, 'a.md'));
  expect(await process(world, { removeMissing: false })).toMatchObject({ removed: 0 });
  expect(await pointsIn(world, 'docs')).toHaveLength(2);
});

it('document.process accepts a list of paths, and removes the chunks of those that are gone', async () => {
  using world = aWorld();
  world.write({ 'a.md': 'a', 'b.md': 'b', 'c.md': 'c' });
  const paths = { folder: undefined, paths: ['b.md', 'a.md', 'none.md', 'a.md'] };
  expect(await process(world, paths)).toMatchObject({
    files: 3,
    indexed: 2,
    skipped: { count: 1, reasons: { missing: 1 } },
  });
  renameSync(path.join(world.folder, 'a.md'), path.join(world.folder, 'z.md'));
  expect(await process(world, paths)).toMatchObject({ files: 3, unchanged: 1, removed: 1 });
  expect(places(await pointsIn(world, 'docs'), world)).toEqual(['b.md#0']);
});

it('document.process skips files without text, too large or empty ones, and reports them', async () => {
  using world = aWorld();
  world.write({
    'a.png': Uint8Array.of(137, 80, 0, 1),
    'b.txt': Uint8Array.of(0xff, 0xfe, 0x41),
    'c.txt': 'x'.repeat(101),
    'd.txt': ' \n \n',
    'e.txt': 'good',
    'node_modules/x.txt': 'never',
    '.git/config': 'never',
  });
  expect(await process(world, { maxFileBytes: 100 })).toMatchObject({
    files: 5,
    indexed: 1,
    skipped: {
      count: 4,
      reasons: { binary: 2, too_large: 1, empty: 1 },
      examples: [
        { path: path.join(world.folder, 'a.png'), reason: 'binary' },
        { path: path.join(world.folder, 'b.txt'), reason: 'binary' },
        { path: path.join(world.folder, 'c.txt'), reason: 'too_large' },
        { path: path.join(world.folder, 'd.txt'), reason: 'empty' },
      ],
    },
  });
});

it('document.process skips a document that is too expensive to chunk, with the reason, and indexes the others', async () => {
  using world = aWorld();
  const deep = (depth: number): string => `${'['.repeat(depth)}"low"${']'.repeat(depth)}`;
  world.write({
    'a.txt': 'first',
    'deep.json': deep(5_000),
    'flat.json': deep(50),
    'open.csv': `a,b\n1,"open\n${'2,x\n'.repeat(20_000)}`,
    'z.txt': 'last',
  });
  expect(await process(world, { chunk: { maxChars: 8_000, overlap: 0 } })).toMatchObject({
    files: 5,
    indexed: 4,
    skipped: {
      count: 1,
      reasons: { too_deep: 1 },
      examples: [{ path: path.join(world.folder, 'deep.json'), reason: 'too_deep' }],
    },
  });
});

it('document.process removes the chunks of a file that has become binary', async () => {
  using world = aWorld();
  world.write({ 'a.txt': 'text' });
  await process(world);
  world.write({ 'a.txt': Uint8Array.of(0) });
  await process(world);
  expect(await pointsIn(world, 'docs')).toEqual([]);
});

it('document.process loses and doubles no chunk when it is preempted at every possible step', async () => {
  using quiet = aWorld();
  const files = {
    'a.txt': paragraphs('a', 9),
    'b.txt': 'b',
    'c.bin': Uint8Array.of(0),
    'd.txt': paragraphs('d', 6),
    'e.txt': 'e',
  };
  quiet.write(files);
  const whole = await process(quiet);
  const wanted = (await pointsIn(quiet, 'docs')).map(({ chunk, text }) => [chunk, text]);
  expect(wanted).toHaveLength(17);
  for (const steps of [[1], [1, 1, 1, 1, 1, 1], [2, 3, 1], [3, 1, 2], [4, 2], [5, 5]]) {
    using world = aWorld();
    world.write(files);
    const { result, yields } = await runPreempted(world, { type: 'document.process', payload: TASK }, steps);
    expect(yields).toBeGreaterThan(0);
    expect((await pointsIn(world, 'docs')).map(({ chunk, text }) => [chunk, text])).toEqual(wanted);
    expect(JSON.stringify(result).replaceAll(world.folder, '')).toBe(
      JSON.stringify(whole).replaceAll(quiet.folder, ''),
    );
    // Nothing that was durable is embedded again.
    expect(world.embedder.texts).toHaveLength(17);
  }
});

it('document.process completes a file in the next run after it was killed in the middle of it', async () => {
  using world = aWorld();
  world.write({ 'a.txt': paragraphs('a', 10), 'b.txt': 'b' });
  const attempt = world.start('document.process', TASK, {
    onStep: (one) => {
      if (one.checkpoints.length === 1) one.stop('lease_lost');
    },
  });
  await expect(attempt.run()).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  expect((await pointsIn(world, 'docs')).length).toBeLessThan(11);
  expect(await process(world)).toMatchObject({ indexed: 2, unchanged: 0 });
  expect(await pointsIn(world, 'docs')).toHaveLength(11);
});

it('document.process starts a half indexed file again when it was changed while the task was preempted', async () => {
  using world = aWorld();
  world.write({ 'a.txt': paragraphs('a', 10) });
  const first = world.start('document.process', TASK, { onStep: (one) => one.requestYield() });
  await expect(first.run()).rejects.toMatchObject({ name: 'YieldSignal' });
  world.write({ 'a.txt': paragraphs('other', 10) });
  const resume = { state: first.checkpoints.at(-1), version: '1', segment: 1 };
  await world.run('document.process', TASK, { resume });
  const points = await pointsIn(world, 'docs');
  expect(points).toHaveLength(10);
  expect(points.filter(({ text }) => !String(text).startsWith('other'))).toEqual([]);
});

it('document.process keeps namespaces apart', async () => {
  using world = aWorld();
  world.write({ 'a.txt': 'mine' });
  await process(world, {}, 'one');
  await process(world, {}, 'two');
  expect(await pointsIn(world, 'docs', 'one')).toHaveLength(1);
  expect(await pointsIn(world, 'docs', 'two')).toHaveLength(1);
  rmSync(path.join(world.folder, 'a.txt'));
  await process(world, {}, 'one');
  expect(await pointsIn(world, 'docs', 'two')).toHaveLength(1);
});

it('document.process reads nothing outside its folders, neither by path nor through a link', async () => {
  using outside = aWorld();
  using world = aWorld();
  outside.write({ 'secret.txt': 'secret' });
  world.write({ 'a.txt': 'fine' });
  symlinkSync(path.join(outside.folder, 'secret.txt'), path.join(world.folder, 'file.txt'));
  symlinkSync(outside.folder, path.join(world.folder, 'folder'));
  expect(await process(world)).toMatchObject({ files: 1, indexed: 1 });
  const refused = { code: 'INVALID_TASK', message: expect.stringContaining('outside the folders') };
  const sneaky = [
    '../secret.txt',
    '/etc/passwd',
    path.join(outside.folder, 'secret.txt'),
    'file.txt',
    'folder/secret.txt',
    'folder/none.txt',
    `${world.folder}-evil/x`,
  ];
  for (const one of sneaky)
    await expect(process(world, { folder: undefined, paths: [one] })).rejects.toMatchObject(refused);
  for (const one of ['..', '/', 'folder', outside.folder])
    await expect(process(world, { folder: one })).rejects.toMatchObject(refused);
  expect(await pointsIn(world, 'docs')).toHaveLength(1);
});

it('document.process reports progress that never decreases', async () => {
  using world = aWorld();
  world.write({ 'a.txt': paragraphs('a', 9), 'b.txt': 'b', 'c.txt': 'c' });
  const attempt = world.start('document.process', TASK);
  await attempt.run();
  expect(attempt.progress).toEqual(attempt.progress.toSorted((a, b) => a - b));
  expect(attempt.progress.at(-1)).toBe(1);
  expect(attempt.messages.at(-1)).toBe('3 of 3 files, 11 chunks');
});

it.each([
  [undefined, 'payload', 'expected object'],
  [{ collection: 'docs' }, 'payload.paths', 'expected either paths or a folder'],
  [{ ...TASK, paths: ['a'] }, 'payload.paths', 'got both'],
  [{ ...TASK, collection: 'a b' }, 'payload.collection', 'letters, digits'],
  [{ ...TASK, chunk: { maxChars: 5 } }, 'payload.chunk.maxChars', '>=200, got 5'],
  [{ ...TASK, batch: 1_000 }, 'payload.batch', '<=256, got 1000'],
  [{ ...TASK, colection: 'x' }, 'payload.colection', 'there is no field "colection"'],
  [{ ...TASK, folder: 'none' }, undefined, 'none does not exist'],
])('document.process refuses %j at %s', async (payload, field, text) => {
  using world = aWorld();
  const failure = await world.run('document.process', payload).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'INVALID_TASK', message: expect.stringContaining(text) });
  if (field !== undefined)
    expect(failure).toMatchObject({
      extras: { issues: expect.arrayContaining([expect.objectContaining({ field })]) },
    });
});

it('document.process refuses a folder with too many files', async () => {
  using world = aWorld({ maxFiles: 3 });
  world.write({ a: '1', b: '2', c: '3', d: '4' });
  await expect(process(world)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: `${world.folder} has more than 3 files that match; divide it`,
  });
});
