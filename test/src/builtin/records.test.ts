import { expect, it } from 'vitest';
import { aSummary, historyWith } from './history.ts';
import { aWorld, NOW, runPreempted } from './world.ts';
import type { World } from './world.ts';

const failure = (message: string, fingerprint: string) => ({ code: 'COMMAND_FAILED', message, fingerprint });

const objectText = async (world: World, name: string): Promise<string> =>
  new TextDecoder().decode(await world.objects.get(`default/${name}`));

const TASKS = [
  aSummary(1),
  aSummary(2, { durationMs: 61_000, name: '[x](http://evil) | <b>' }),
  aSummary(3, { state: 'failed', error: failure('<script>alert(1)</script>', 'f1') }),
  aSummary(4, { state: 'failed', error: failure('disk | full', 'f1'), preemptions: 2 }),
  aSummary(5, { state: 'failed', error: failure('other', 'f2') }),
  aSummary(6, { namespace: 'other', state: 'failed' }),
];

it('report.generate writes Markdown, with the texts of tasks escaped', async () => {
  using world = aWorld({ history: historyWith(TASKS) });
  const { report } = (await world.run('report.generate', { title: 'Last *night*' })) as { report: string };
  expect(report).toContain('# Last \\*night\\*\n\n5 tasks; made at 2026-11-20T00:00:00.000Z.');
  expect(report).toContain('| failed | 3 |\n| completed | 2 |');
  expect(report).toContain('| T00002 | \\[x\\]\\(http\\://evil\\) \\| &lt;b&gt; |');
  expect(report).toContain('| 2 | COMMAND\\_FAILED | f1 | disk \\| full | T00004 |');
  expect(report).toContain('## Preemptions: 2\n');
  expect(report).not.toMatch(/<script|<b>|T00006/);
});

it('report.generate writes HTML, with the texts escaped, into an object', async () => {
  using world = aWorld({ history: historyWith(TASKS) });
  const payload = { format: 'html', title: '<i>', to: 'reports/a.html' };
  expect(await world.run('report.generate', payload)).toMatchObject({
    name: 'reports/a.html',
    contentType: 'text/html; charset=utf-8',
  });
  const html = await objectText(world, 'reports/a.html');
  expect(html).toContain('<title>&lt;i&gt;</title>');
  expect(html).toContain('<td>f1</td>');
  expect(html).not.toMatch(/<script|<b>|<i>/);
});

it('report.generate applies the filters of its payload', async () => {
  using world = aWorld({ history: historyWith(TASKS) });
  const payload = { types: ['command'], since: NOW + 3, until: '2026-11-20T00:00:00.005Z' };
  const { report } = (await world.run('report.generate', payload)) as { report: string };
  expect(report).toContain('1 task, submitted from 2026-11-20T00:00:00.003Z, submitted before');
  expect(report).toContain('T00004');
});

it('report.generate writes the same report when it is preempted between two pages', async () => {
  const history = historyWith(Array.from({ length: 2_600 }, (_, i) => aSummary(i, { preemptions: i % 3 })));
  using world = aWorld({ history });
  const whole = await world.run('report.generate', {});
  const { result, yields } = await runPreempted(world, { type: 'report.generate', payload: {} }, [1, 1, 2]);
  expect([result, yields]).toEqual([whole, 3]);
  // Pages that were counted are not read again.
  expect(history.pages).toBe(6 + 6);
});

it('report.generate is bounded and quick for a long history of many names and failures', async () => {
  const tasks = Array.from({ length: 5_000 }, (_, i) =>
    aSummary(i, { type: `t${i}`, state: 'failed', error: failure('x', `f${i}`) }),
  );
  using world = aWorld({ history: historyWith(tasks) });
  const { report } = (await world.run('report.generate', { rows: 3 })) as { report: string };
  expect(report).toContain('| \\(others\\) | 4000 |');
});

it('report.generate reports a missing history', async () => {
  using world = aWorld();
  const refused = {
    code: 'HISTORY_UNAVAILABLE',
    message: 'this worker has no history to read: none runs with it',
  };
  await expect(world.run('report.generate', {})).rejects.toMatchObject(refused);
  await expect(world.run('data.export', { to: 'a' })).rejects.toMatchObject(refused);
});

it('data.export writes CSV without formulas that a spreadsheet would run', async () => {
  const tasks = [
    aSummary(1, { name: '=HYPERLINK("http://evil")' }),
    aSummary(2, { name: ' +1', error: failure('two\nlines, "quoted"', '@f') }),
    aSummary(3, { name: '-1', durationMs: 7 }),
  ];
  using world = aWorld({ history: historyWith(tasks) });
  const payload = {
    format: 'csv',
    to: 'out.csv',
    columns: ['id', 'name', 'errorMessage', 'fingerprint', 'durationMs'],
  };
  expect(await world.run('data.export', payload)).toMatchObject({
    name: 'out.csv',
    rows: 3,
    truncated: false,
  });
  expect(await objectText(world, 'out.csv')).toBe(
    [
      'id,name,errorMessage,fingerprint,durationMs',
      `T00001,"'=HYPERLINK(""http://evil"")",,,41`,
      `T00002,' +1,"two\nlines, ""quoted""",'@f,42`,
      `T00003,'-1,,,7`,
      '',
    ].join('\r\n'),
  );
});

const LABELLED = [
  aSummary(1),
  aSummary(2, { security: 'secret', state: 'failed' }),
  aSummary(3, { security: 'health' }),
];

it('data.export and report.generate hold tasks with the security label of their own task only, and those without one', async () => {
  using world = aWorld({ history: historyWith(LABELLED) });
  const rows = async (security?: string): Promise<unknown> => {
    const options = security === undefined ? {} : { security };
    const { report } = (await world.run('report.generate', {}, options)) as { report: string };
    expect(report).toContain(security === undefined ? '\n\n1 task;' : '\n\n2 tasks;');
    await world.run('data.export', { to: 'out', columns: ['id'] }, options);
    return new TextDecoder().decode(
      await world.objects.get(security === undefined ? 'default/out' : `default.${security}/out`),
    );
  };
  expect(await rows()).toBe('{"id":"T00001"}\n');
  expect(await rows('secret')).toBe('{"id":"T00001"}\n{"id":"T00002"}\n');
});

it('an object and a point of a labelled task are for tasks with this label', async () => {
  using world = aWorld();
  const secret = { security: 'secret' };
  await world.run('storage.put', { name: 'a', text: 'x' }, secret);
  expect(await world.run('storage.list', {})).toEqual({ objects: [] });
  expect(await world.run('storage.get', { name: 'a' }, secret)).toMatchObject({ text: 'x' });
  const points = [{ key: 'a', text: 'crimson' }];
  await world.run('vectors.update', { operation: 'upsert', collection: 'c', points }, secret);
  const exported = { source: 'collection', collection: 'c', to: 'points', columns: ['key'] };
  expect(await world.run('data.export', exported)).toMatchObject({ rows: 0 });
  expect(await world.run('data.export', exported, secret)).toMatchObject({ rows: 1 });
});

it('data.export writes JSON lines, with a limit', async () => {
  using world = aWorld({ history: historyWith(TASKS) });
  const payload = { to: 'out.jsonl', columns: ['id', 'state'], limit: 2 };
  expect(await world.run('data.export', payload)).toMatchObject({ rows: 2, truncated: true });
  const lines = (await objectText(world, 'out.jsonl')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { id: 'T00001', state: 'completed' },
    { id: 'T00002', state: 'completed' },
  ]);
});

it.each(['jsonl', 'csv'])(
  'data.export writes the same %s file when it is preempted between two pages, and leaves no partial objects',
  async (format) => {
    const history = historyWith(Array.from({ length: 2_200 }, (_, i) => aSummary(i)));
    using world = aWorld({ history });
    const payload = { format, to: 'out' };
    const whole = (await world.run('data.export', payload)) as { sha256: string };
    const { result, yields } = await runPreempted(world, { type: 'data.export', payload }, [1, 2, 1]);
    expect(yields).toBe(3);
    expect(result).toMatchObject({ rows: 2_200, sha256: whole.sha256 });
    expect((await world.objects.list('')).map(({ name }) => name)).toEqual(['default/out']);
  },
);

it('data.export writes a collection', async () => {
  using world = aWorld();
  const points = [
    { key: 'a', text: 'one', fields: { tag: 'x' } },
    { key: 'b', text: 'two', fields: { tag: 'y' } },
  ];
  await world.run('vectors.update', { operation: 'upsert', collection: 'c', points });
  const payload = {
    source: 'collection',
    collection: 'c',
    format: 'csv',
    columns: ['key', 'text', 'none'],
    to: 'c.csv',
  };
  await world.run('data.export', { ...payload, filter: { fields: { tag: 'y' } } });
  expect(await objectText(world, 'c.csv')).toBe('key,text,none\r\nb,two,\r\n');
  await expect(world.run('data.export', { ...payload, collection: 'd' })).rejects.toMatchObject({
    message: 'payload.collection: there is no collection d',
  });
});

it.each([
  ['report.generate', { rows: 101 }, '<=100, got 101'],
  ['report.generate', { since: 'yesterday' }, 'payload.since: '],
  ['data.export', { to: 'a', format: 'xlsx' }, 'payload.format'],
  ['data.export', { to: 'a', source: 'collection' }, 'payload.collection'],
  ['data.export', { to: 'a', columns: ['sate'] }, 'did you mean "state"?'],
] as const)('%s refuses %j', async (type, payload, text) => {
  using world = aWorld({ history: historyWith([]) });
  await expect(world.run(type, payload)).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message: expect.stringContaining(text),
  });
});

it('system.maintenance verifies objects, the index and the model', async () => {
  using world = aWorld();
  await world.run('storage.put', { name: 'a', text: 'x' });
  const verify = () => world.run('system.maintenance', { operation: 'verify' });
  expect(await verify()).toEqual({ ok: true, checked: { objects: 1, parts: 2 }, problems: [] });
  const broken = new Error('the index is gone');
  using other = aWorld({
    vectors: { ...world.vectors, ping: () => Promise.reject(broken) },
    objects: world.objects,
  });
  expect(await other.run('system.maintenance', { operation: 'verify' })).toMatchObject({
    ok: false,
    problems: ['vector index: the index is gone'],
  });
});

it('system.maintenance removes old objects, after a dry run that lists them', async () => {
  using world = aWorld();
  const points = [{ key: 'a', text: 'old' }];
  await world.run('vectors.update', { operation: 'upsert', collection: 'c', points });
  for (const name of ['tmp/a', 'tmp/b', 'kept']) await world.run('storage.put', { name, text: 'x' });
  await world.run('storage.put', { name: 'tmp/a', text: 'x' }, { namespace: 'other' });
  await world.clock.advanceTo(NOW + 60_000);
  await world.run('storage.put', { name: 'tmp/new', text: 'x' });
  const retention = (more: object = {}) =>
    world.run('system.maintenance', {
      operation: 'retention',
      olderThan: '30s',
      prefix: 'tmp/',
      collections: ['c', 'none'],
      ...more,
    });
  const removed = { objects: 2, points: 1 };
  expect(await retention({ dryRun: true })).toEqual({ removed, dryRun: true });
  expect(await retention()).toEqual({ removed, dryRun: false });
  expect((await world.objects.list('')).map(({ name }) => name)).toEqual([
    'default/kept',
    'default/tmp/new',
    'other/tmp/a',
  ]);
  expect(await retention()).toEqual({ removed: { objects: 0, points: 0 }, dryRun: false });
});

it('system.maintenance continues with the next object when it is preempted between two', async () => {
  using world = aWorld();
  for (const name of ['a', 'b', 'c', 'd']) await world.run('storage.put', { name, text: 'x' });
  await world.clock.advanceTo(NOW + 60_000);
  const payload = { operation: 'retention', olderThan: '30s' };
  const { result, yields } = await runPreempted(world, { type: 'system.maintenance', payload }, [1, 1]);
  expect([result, yields]).toEqual([{ removed: { objects: 4, points: 0 }, dryRun: false }, 2]);
});

it('system.maintenance refuses an unknown operation, and suggests the nearest name', async () => {
  using world = aWorld();
  await expect(world.run('system.maintenance', { operation: 'verfy' })).rejects.toMatchObject({
    code: 'INVALID_TASK',
    message:
      'payload.operation: expected one of verify, retention, optimise, backup; got "verfy"; did you mean "verify"?',
  });
});
