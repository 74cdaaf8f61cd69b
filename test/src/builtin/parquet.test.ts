import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import { aSummary, historyWith } from './history.ts';
import { aWorld, NOW, runPreempted } from './world.ts';
import type { World } from './world.ts';

const NASTY = [
  '',
  ' ',
  '"quoted", and\r\nbroken',
  '\u0000 and \u2028',
  '=1+1',
  'null',
  '😀 שלום',
  'x'.repeat(4_000),
];

const fileOf = async ({ objects }: World, name: string): Promise<ArrayBuffer> => {
  const bytes = await objects.get(`default/${name}`);
  return new Uint8Array(bytes ?? []).buffer;
};

const typesIn = (file: ArrayBuffer): object => {
  const { schema } = parquetMetadata(file);
  const columns = schema.slice(1).map(({ name, type, converted_type }) => [name, converted_type ?? type]);
  return Object.fromEntries(columns) as object;
};

it('data.export writes tasks as Parquet with typed columns, nulls, and unchanged texts and numbers', async () => {
  const tasks = NASTY.map((name, n) => aSummary(n, { name, durationMs: n === 0 ? 2 ** 52 + 1 : n }));
  const queued = aSummary(NASTY.length, { state: 'queued' });
  const { settledAt: _, durationMs: __, ...unsettled } = queued;
  using world = aWorld({ history: historyWith([...tasks, unsettled]) });
  const columns = ['id', 'name', 'state', 'submittedAt', 'settledAt', 'durationMs', 'attempts', 'worker'];
  const payload = { format: 'parquet', to: 'out.parquet', columns };
  expect(await world.run('data.export', payload)).toMatchObject({
    rows: NASTY.length + 1,
    contentType: 'application/vnd.apache.parquet',
  });
  const file = await fileOf(world, 'out.parquet');
  expect(typesIn(file)).toEqual({
    id: 'UTF8',
    name: 'UTF8',
    state: 'UTF8',
    submittedAt: 'TIMESTAMP_MILLIS',
    settledAt: 'TIMESTAMP_MILLIS',
    durationMs: 'INT64',
    attempts: 'INT64',
    worker: 'UTF8',
  });
  const rows = await parquetReadObjects({ file });
  expect(rows.map(({ name }) => name as unknown)).toEqual([...NASTY, null]);
  expect(rows[0]).toEqual({
    id: 'T00000',
    name: '',
    state: 'completed',
    submittedAt: new Date(NOW),
    settledAt: new Date(NOW + 50),
    durationMs: 2n ** 52n + 1n,
    attempts: 1n,
    worker: null,
  });
  expect(rows.at(-1)).toMatchObject({ state: 'queued', settledAt: null, durationMs: null });
});

it('data.export infers the column types of point fields; values of no common type become JSON', async () => {
  using world = aWorld();
  const fields = [
    { whole: 2 ** 31, part: 1, yes: true, tags: ['a', '"b"'], mixed: 'x' },
    { whole: -1, part: 0.5, mixed: 7, chunk: 'no number' },
  ];
  const points = fields.map((some, n) => ({ key: `k${n}`, text: `text ${n}`, fields: some }));
  await world.run('vectors.update', { operation: 'upsert', collection: 'c', points });
  const columns = ['key', 'whole', 'part', 'yes', 'tags', 'mixed', 'chunk', 'at', 'none'];
  const payload = { source: 'collection', collection: 'c', format: 'parquet', to: 'out', columns };
  await world.run('data.export', payload);
  const file = await fileOf(world, 'out');
  expect(typesIn(file)).toEqual({
    key: 'UTF8',
    whole: 'INT64',
    part: 'DOUBLE',
    yes: 'BOOLEAN',
    tags: 'JSON',
    mixed: 'JSON',
    chunk: 'JSON',
    at: 'TIMESTAMP_MILLIS',
    none: 'UTF8',
  });
  const rows = (await parquetReadObjects({ file })).toSorted((a, b) => (a['key'] < b['key'] ? -1 : 1));
  const at = new Date(NOW);
  expect(rows).toEqual([
    {
      key: 'k0',
      whole: 2n ** 31n,
      part: 1,
      yes: true,
      tags: ['a', '"b"'],
      mixed: 'x',
      chunk: null,
      at,
      none: null,
    },
    {
      key: 'k1',
      whole: -1n,
      part: 0.5,
      yes: null,
      tags: null,
      mixed: 7,
      chunk: 'no number',
      at,
      none: null,
    },
  ]);
});

it('data.export writes a Parquet file with columns and no rows when there are no tasks', async () => {
  using world = aWorld({ history: historyWith([]) });
  await world.run('data.export', { format: 'parquet', to: 'out' });
  const file = await fileOf(world, 'out');
  expect(await parquetReadObjects({ file })).toEqual([]);
  expect(typesIn(file)).toMatchObject({ id: 'UTF8', submittedAt: 'TIMESTAMP_MILLIS', durationMs: 'INT64' });
});

it('data.export writes the same Parquet file when it is preempted between two pages, and leaves no partial objects', async () => {
  using world = aWorld({ history: historyWith(Array.from({ length: 10_300 }, (_, i) => aSummary(i))) });
  const payload = { format: 'parquet', to: 'out' };
  const whole = (await world.run('data.export', payload)) as { sha256: string };
  const { result, yields } = await runPreempted(world, { type: 'data.export', payload }, [3, 9]);
  expect(yields).toBe(2);
  expect(result).toMatchObject({ rows: 10_300, sha256: whole.sha256 });
  expect((await world.objects.list('')).map(({ name }) => name)).toEqual(['default/out']);
  const { row_groups } = parquetMetadata(await fileOf(world, 'out'));
  expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([10_000, 300]);
});
