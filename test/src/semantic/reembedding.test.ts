import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Client, SearchStatus } from '@precedent/client';
import type { Point } from '@precedent/ports';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { findModel } from '@precedent/transformers';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';
import { crash } from '../e2e/programs.ts';
import { emptyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

const OLD = 'interactions-all-MiniLM-L6-v2-q8';
const NEW = 'interactions-second-model-q8c';
/** Notes from before this journal: only the old collection holds them. */
const NOTES = 1_000;
const PATIENT = { timeout: 40_000, interval: 200 };

let qdrant: TestQdrant;
let world: World;
/** The weights that there are, under a name that makes a model of their own of them. */
let secondModel = '';
beforeAll(async () => {
  qdrant = await startQdrant();
  world = await emptyWorld({ settings: { PRECEDENT_VECTORIZER_URL: qdrant.url } });
  secondModel = path.join(world.folder, 'second-model');
  symlinkSync((await findModel()).dir, secondModel);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await qdrant[Symbol.asyncDispose]();
});

const shell = (name: string, script: string) => ({
  name,
  command: 'sh',
  args: ['-c', script],
  retry: { max: 0 },
});

const run = async (client: Client, name: string, script: string): Promise<string> => {
  const { id } = await client.submit(shell(name, script));
  await client.wait(id);
  return id;
};

const statusWhen = (client: Client, is: (status: SearchStatus) => boolean): Promise<SearchStatus> =>
  vi.waitFor(async () => {
    const status = await client.search.status();
    expect(is(status), JSON.stringify(status)).toBe(true);
    return status;
  }, PATIENT);

const isFresh = ({ freshness: { seq, lastSeq } }: SearchStatus): boolean => seq > 0 && seq === lastSeq;

const aPoint = (n: number): Point => ({
  id: `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
  vector: Float32Array.from({ length: 384 }, (_, i) => (i === n % 384 ? 1 : 0.01)),
  payload: {
    namespace: n % 2 === 0 ? 'default' : 'other',
    at: 1_000 + n,
    kind: 'note',
    text: `note ${n} about rack ${n % 7}`,
  },
});

const found = async (client: Client, text: string): Promise<readonly (string | undefined)[]> =>
  (await client.search.find(text, { limit: 3 })).hits.map(({ task }) => task);

it('a task that yields and resumes fills the collection of a new model, while searches are answered and no document is lost', async () => {
  const { client } = world;
  const index = qdrantVectorIndex({ url: qdrant.url });
  const settings = { PRECEDENT_VECTORIZER_MODEL_DIR: secondModel };
  await world.startEngine();
  await world.startWorker({
    ...settings,
    PRECEDENT_EXECUTION_MAX_CONCURRENT: '1',
    PRECEDENT_EXECUTION_EXPRESS_PERCENT: '0',
  });

  const first = await world.startVectorizer();
  const failed = await run(
    client,
    'import orders',
    'echo "Error: connect ECONNREFUSED 10.0.0.7:5432" >&2; exit 3',
  );
  const built = await run(client, 'build website', 'echo built');
  await statusWhen(client, isFresh);
  const notes = Array.from({ length: NOTES }, (_, n) => aPoint(n));
  for (const half of [notes.slice(0, NOTES / 2), notes.slice(NOTES / 2)]) await index.upsert(OLD, half);
  const question = 'import of orders could not connect';
  expect((await found(client, question))[0]).toBe(failed);
  await first.stop({ stopMs: 5_000, forceMs: 2_000 });

  const moving = client.watch({ type: 'vectors.reembed', event: 'progress' });
  const second = await world.startVectorizer(settings);
  let task = '';
  for await (const event of moving) {
    if (!('id' in event)) continue;
    task = event.id;
    break;
  }
  // Urgent work, and a death, in the middle of it.
  const urgent = await client.submit({ command: 'echo now', band: 'critical' });
  await client.result(urgent.id, { timeoutMs: 20_000 });
  const middle = await client.search.status();
  expect(middle).toMatchObject({ collection: OLD, model: 'all-MiniLM-L6-v2-q8', semantic: true });
  expect(middle.building).toMatchObject({ collection: NEW, model: 'second-model-q8c' });
  expect((await found(client, question))[0]).toBe(failed);
  await crash(second);
  const meanwhile = await run(client, 'sweep floor', 'exit 0');

  const third = await world.startVectorizer(settings);
  const after = await statusWhen(client, (status) => status.collection === NEW && isFresh(status));
  expect(after).toMatchObject({ model: 'second-model-q8c', semantic: true });
  expect(after.building).toBeUndefined();
  expect(await client.get(task)).toMatchObject({ state: 'completed', band: 'low', preemptions: 1 });
  expect((await found(client, question))[0]).toBe(failed);
  expect(await index.size(NEW, { kind: 'note' })).toBe(NOTES);
  for (const id of [failed, built, urgent.id, meanwhile]) {
    expect(await index.size(NEW, { task: id, kind: 'spec' })).toBe(1);
    expect(await index.size(NEW, { task: id, kind: 'attempt' })).toBe(1);
  }
  expect(await index.behind('task-interactions')).toMatchObject({ collection: NEW });
  await vi.waitFor(async () => expect(await index.collections()).toEqual([NEW]), PATIENT);

  // Another start changes nothing.
  const before = await index.size(NEW, {});
  await crash(third);
  await world.startVectorizer(settings);
  const again = await statusWhen(client, isFresh);
  expect(again).toMatchObject({ collection: NEW });
  expect(again.building).toBeUndefined();
  expect(await index.size(NEW, {})).toBe(before);
  const { tasks } = await client.list({ type: 'vectors.reembed' });
  expect(tasks.map(({ id }) => id)).toEqual([task]);
}, 120_000);
