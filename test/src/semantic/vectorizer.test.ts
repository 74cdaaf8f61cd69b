import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client, SearchStatus } from '@precedent/client';
import type { Child } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { crash } from '../e2e/programs.ts';
import type { Environment } from '../e2e/programs.ts';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';
import { emptyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

const COLLECTION = 'interactions-all-MiniLM-L6-v2-q8';

let qdrant: TestQdrant;
beforeAll(async () => {
  qdrant = await startQdrant();
});
afterAll(async () => {
  await qdrant[Symbol.asyncDispose]();
});

interface VectorizerWorld extends World {
  readonly vectorizer: Child;
}

const vectorizerWorld = async (settings: Environment = {}): Promise<VectorizerWorld> => {
  const index = qdrantVectorIndex({ url: qdrant.url });
  for (const name of await index.collections()) await index.drop(name);
  const world = await emptyWorld({ settings: { PRECEDENT_VECTORIZER_URL: qdrant.url, ...settings } });
  await world.startEngine();
  const [vectorizer] = await Promise.all([world.startVectorizer(), world.startWorker()]);
  return { ...world, vectorizer };
};

/** Repeats the request until the whole journal is indexed. */
const indexed = async (client: Client): Promise<SearchStatus> => {
  for (;;) {
    const status = await client.search.status().catch(() => undefined);
    if (status && status.freshness.seq === status.freshness.lastSeq && status.freshness.seq > 0)
      return status;
  }
};

const settledAll = async (client: Client, ids: readonly string[]): Promise<void> => {
  for (const id of ids) await client.wait(id);
};

/** A command that prints, and ends with a code. */
const shell = (script: string, more: object = {}) => ({
  command: 'sh',
  args: ['-c', script],
  retry: { max: 0 },
  ...more,
});

/** The tasks of the points of one kind. */
const tasksOf = async (kind: string, namespace: string): Promise<readonly string[]> => {
  const index = qdrantVectorIndex({ url: qdrant.url });
  const { points } = await index.scroll(COLLECTION, { namespace, fields: { kind } }, { limit: 10_000 });
  return points.map(({ payload }) => String(payload['task'])).toSorted();
};

/** One world for all tests, because a vectorizer takes seconds to start. Each test looks only for its own tasks. */
describe('the semantic history', () => {
  let world: World;
  beforeAll(async () => {
    world = await vectorizerWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('finds tasks by meaning, by exact words and by filters in the query', async () => {
    const { client } = world;
    const failed = await client.submit(
      shell('echo "Error: connect ECONNREFUSED 10.0.0.7:5432" >&2; exit 3', {
        name: 'import orders',
        project: 'shop',
      }),
    );
    const built = await client.submit(shell('echo built', { name: 'build website', project: 'web' }));
    await settledAll(client, [failed.id, built.id]);
    await indexed(client);
    const byMeaning = await client.search.find('could not reach the database');
    expect(byMeaning.semantic).toBe(true);
    expect(byMeaning.hits[0]).toMatchObject({ task: failed.id, outcome: 'failed' });
    const exact = await client.search.find('ECONNREFUSED');
    expect(exact.hits[0]).toMatchObject({ task: failed.id });
    const filtered = await client.search.find('completed tasks of project web');
    expect(filtered.filters).toMatchObject({ project: ['web'], outcome: ['completed'] });
    expect(new Set(filtered.hits.map(({ project }) => project))).toEqual(new Set(['web']));
  });

  it('shows whether a failure was seen before and what helped, and what changed since the last success', async () => {
    const { client } = world;
    const run = async (script: string, version: string): Promise<string> => {
      const { id } = await client.submit(shell(script, { name: 'deploy api', labels: { version } }));
      await client.wait(id);
      return id;
    };
    const worked = await run('exit 0', '1.0');
    const first = await run('echo "Error: migration 42 is missing" >&2; exit 1', '1.1');
    await indexed(client);
    expect(await client.search.seen(first)).toMatchObject({ isNew: true });
    expect(await client.search.diff(first)).toMatchObject({
      lastSuccess: { task: worked },
      changes: expect.arrayContaining([{ field: 'version', before: '1.0', after: '1.1' }]) as unknown,
    });
    const warnings = client.link.subscribe(client.subjects.events('default.default.command.seen_before'), {
      max: 1,
    });
    const again = await run('echo "Error: migration 43 is missing" >&2; exit 1', '1.1');
    for await (const message of warnings)
      expect(message.json()).toMatchObject({
        id: again,
        event: 'seen_before',
        seen: { isNew: false, same: { count: 1 } },
      });
    const mended = await run('exit 0', '1.2');
    await indexed(client);
    const resolution = { id: first, text: 'run the migrations first', by: 'ada' };
    const refused = (evidence: string, outcome: string): Promise<void> =>
      expect(client.search.resolve({ ...resolution, evidence })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        extras: {
          issues: [
            { field: 'evidence', message: `expected a completed task of default; ${evidence} is ${outcome}` },
          ],
        },
      });
    await refused('unknown', 'not there, or not indexed yet');
    await refused(again, 'failed');
    await client.search.resolve({ ...resolution, evidence: mended });
    expect(await client.search.seen(again)).toMatchObject({
      isNew: false,
      same: { count: 1, resolutions: [{ by: 'ada', evidence: mended }] },
    });
  });

  it('never shows another namespace, in any query', async () => {
    const { client } = world;
    const own = await client.submit(
      shell('echo "Error: blue paint is empty" >&2; exit 1', { namespace: 'one', name: 'paint' }),
    );
    const other = await client.submit(
      shell('echo "Error: blue paint is empty" >&2; exit 1', { namespace: 'two', name: 'paint' }),
    );
    await settledAll(client, [own.id, other.id]);
    await indexed(client);
    await client.search.remember({ namespace: 'two', text: 'blue paint comes on Monday' });
    const found = await client.search.find('blue paint is empty', { namespace: 'one', limit: 50 });
    expect(new Set(found.hits.flatMap(({ task }) => task ?? []))).toEqual(new Set([own.id]));
    expect(await client.search.seen(own.id, { namespace: 'one' })).toMatchObject({
      isNew: true,
      similar: [],
    });
    expect(await client.search.recall('blue paint', { namespace: 'one' })).toMatchObject({ notes: [] });
    for (const ask of ['seen', 'diff'] as const)
      await expect(client.search[ask](other.id, { namespace: 'one' })).rejects.toMatchObject({
        code: 'TASK_NOT_FOUND',
      });
    await expect(client.search.predict({ id: other.id, namespace: 'one' })).rejects.toMatchObject({
      code: 'TASK_NOT_FOUND',
    });
  });

  it('holds no secret of a command, an environment, a payload or a log', async () => {
    const { client } = world;
    const secrets = [
      'hunter2horse',
      'ghp_0123456789abcdefABCDEF0123456789abcd',
      'AKIAIOSFODNN7EXAMPLE',
      'wobbly-argon-77',
    ];
    const { id } = await client.submit(
      shell(
        'echo "Error: login with token=ghp_0123456789abcdefABCDEF0123456789abcd refused" >&2; exit 1 # --password hunter2horse',
        {
          name: 'log in',
          env: { DB_PASSWORD: 'wobbly-argon-77' },
          payload: { aws_key: 'AKIAIOSFODNN7EXAMPLE' },
        },
      ),
    );
    await client.wait(id);
    await indexed(client);
    const index = qdrantVectorIndex({ url: qdrant.url });
    const { points } = await index.scroll(COLLECTION, { namespace: 'default' }, { limit: 10_000 });
    expect(points.length).toBeGreaterThan(0);
    const all = JSON.stringify(points);
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  });
});

describe('the semantic history after a crash', () => {
  let world: VectorizerWorld;
  beforeAll(async () => {
    world = await vectorizerWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const submitAll = async (client: Client, namespace: string, count: number): Promise<string[]> => {
    const specs = Array.from({ length: count }, (_, n) =>
      shell(`exit ${n % 2}`, { namespace, name: `step ${n}` }),
    );
    const outcomes = await client.submitMany(specs);
    return outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome.id]));
  };

  it('misses nothing and has nothing twice when the vectorizer is killed again and again', async () => {
    const { client } = world;
    const ids = await submitAll(client, 'killed', 20);
    for (let vectorizer = world.vectorizer; ids.length < 80; vectorizer = await world.startVectorizer()) {
      ids.push(...(await submitAll(client, 'killed', 20)));
      await settledAll(client, ids);
      await crash(vectorizer);
    }
    await indexed(client);
    expect(await tasksOf('attempt', 'killed')).toEqual(ids.toSorted());
    expect(await tasksOf('spec', 'killed')).toEqual(ids.toSorted());
  });

  it('reports that Qdrant is gone, delays no task, and has what happened meanwhile afterwards', async () => {
    const { client } = world;
    await qdrant.kill();
    const ids = await submitAll(client, 'away', 20);
    await settledAll(client, ids);
    await expect(client.search.find('anything at all')).rejects.toMatchObject({
      code: 'VECTORS_UNAVAILABLE',
    });
    await vi.waitFor(
      async () =>
        expect(await client.search.status()).toMatchObject({ trouble: { code: 'VECTORS_UNAVAILABLE' } }),
      { timeout: 10_000 },
    );
    await qdrant.restart();
    await indexed(client);
    expect(await tasksOf('attempt', 'away')).toEqual(ids.toSorted());
  });

  it('keeps a note that is added while Qdrant is away', async () => {
    const { client } = world;
    await qdrant.kill();
    expect(await client.search.remember({ text: 'the cellar floods in March' })).toMatchObject({
      indexed: false,
    });
    await qdrant.restart();
    await client.search.remember({ text: 'the roof is new' });
    const { notes } = await client.search.recall('when does the cellar flood');
    expect(notes[0]?.text).toContain('cellar');
  });
});

it('the semantic history is searched by words without a model, which every answer shows', async () => {
  await using world = await vectorizerWorld({
    PRECEDENT_VECTORIZER_MODEL_DIR: path.join(qdrant.dataDir, 'no-model'),
  });
  const { client } = world;
  const { id } = await client.submit(shell('exit 0', { name: 'rotate certificates' }));
  await client.wait(id);
  await indexed(client);
  const found = await client.search.find('certificates');
  expect(found.semantic).toBe(false);
  expect(found.hits[0]).toMatchObject({ task: id });
});
