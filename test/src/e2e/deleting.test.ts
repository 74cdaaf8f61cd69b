import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Client } from '@precedent/client';
import { connectNats } from '@precedent/nats';
import type { Child } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { streamOf } from '../conformance/nats-world.ts';
import { crash, environmentOf, startProgram } from './programs.ts';
import { startQdrant } from './qdrant.ts';
import type { TestQdrant } from './qdrant.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const COLLECTION = 'interactions-none';
const PATIENCE = { timeout: 30_000, interval: 20 };
const NOT_FOUND = { code: 'TASK_NOT_FOUND' };

let qdrant: TestQdrant;
beforeAll(async () => {
  qdrant = await startQdrant();
});
afterAll(async () => {
  await qdrant[Symbol.asyncDispose]();
});

interface DeletingWorld {
  readonly world: World;
  readonly engine: Child;
  readonly startHistory: () => Promise<Child>;
  readonly startVectorizer: (folder?: string) => Promise<Child>;
}

/** A world with history and vectorizer, searched by words. A task fails when its payload is `fail`. */
const deletingWorld = async (stack: AsyncDisposableStack): Promise<DeletingWorld> => {
  const settings = {
    PRECEDENT_VECTORIZER_URL: qdrant.url,
    PRECEDENT_VECTORIZER_MODEL_DIR: path.join(qdrant.dataDir, 'no-model'),
  };
  await qdrantVectorIndex({ url: qdrant.url }).drop(COLLECTION);
  const world = stack.use(await emptyWorld({ settings }));
  const engine = await world.startEngine();
  const worker = world.client.worker({
    name: 'w',
    slots: 8,
    handlers: {
      work: async (job, context) => {
        context.log('stdout', 'paint is mixed\n');
        if (job.task.payload === 'fail') throw new Error('blue paint is empty');
      },
    },
  });
  await worker.start();
  stack.defer(() => worker.stop());
  const store = path.join(world.folder, 'store');
  const startHistory = async (): Promise<Child> => {
    const storage = { PRECEDENT_NATS_URL: world.nats.url, PRECEDENT_STORAGE_DATA_DIR: store };
    const env = environmentOf(`history-${randomUUID()}`, { ...settings, ...storage });
    const child = await startProgram('history', env, () => undefined);
    stack.defer(() => child.stop({ stopMs: 5_000, forceMs: 1_000 }));
    return child;
  };
  const startVectorizer = (folder = 'store'): Promise<Child> =>
    world.startVectorizer({ PRECEDENT_STORAGE_DATA_DIR: path.join(world.folder, folder) });
  return { world, engine, startHistory, startVectorizer };
};

const submitted = async (client: Client, id: string, more: object = {}): Promise<void> => {
  await client.submit({ id, type: 'work', name: `mix paint ${id}`, retry: { max: 0 }, ...more });
  await client.wait(id);
};

/** Both have read the journal to its end. */
const caughtUp = (client: Client): Promise<void> =>
  vi.waitFor(async () => {
    const [history, index] = [await client.history.status(), await client.search.status()];
    for (const { freshness } of [history, index]) expect(freshness.seq).toBe(freshness.lastSeq);
    const { journalSeq } = await client.status();
    expect(history.freshness.seq).toBeGreaterThanOrEqual(journalSeq);
    expect(index.freshness.seq).toBeGreaterThanOrEqual(journalSeq);
  }, PATIENCE);

const points = (namespace: string): Promise<number> =>
  qdrantVectorIndex({ url: qdrant.url }).count(COLLECTION, { namespace });

const linesOf = async (client: Client, id: string): Promise<number> => {
  let lines = 0;
  for await (const _ of client.logs(id)) lines++;
  return lines;
};

const noteCount = async (world: World): Promise<number> => {
  const nc = await connectNats({ url: world.nats.url, name: 'test' });
  try {
    return (await streamOf(nc, 'PRECEDENT_MEMORY')).state.messages;
  } finally {
    await nc.close();
  }
};

describe('a deleted task', () => {
  it('is removed from engine, history, index, notes and logs, also after a rebuild; other tasks stay', async () => {
    await using stack = new AsyncDisposableStack();
    const { world, startHistory, startVectorizer } = await deletingWorld(stack);
    const { client } = world;
    const [history, vectorizer] = await Promise.all([startHistory(), startVectorizer()]);
    await submitted(client, 'evidence', { namespace: 'one' });
    await caughtUp(client);
    const [ofEvidence, author] = [await points('one'), { namespace: 'one', by: 'ada' }];
    await submitted(client, 'gone', { namespace: 'one', payload: 'fail' });
    await submitted(client, 'twin', { namespace: 'two', payload: 'fail' });
    await caughtUp(client);
    const ofTwin = await points('two');
    await client.search.remember({ ...author, text: 'red never is', sources: ['evidence'] });
    await client.search.resolve({ ...author, id: 'gone', text: 'buy blue paint', evidence: 'evidence' });
    await client.search.remember({ ...author, text: 'blue is often empty', sources: ['gone'] });
    expect(await points('one')).toBeGreaterThan(ofEvidence + 3);
    const events = client.watch({ namespace: 'one', event: 'deleted' });

    await expect(client.delete('gone', { namespace: 'two' })).rejects.toMatchObject(NOT_FOUND);
    expect(await client.delete('gone', { namespace: 'one' })).toEqual({ id: 'gone', deleted: true });
    await expect(client.get('gone')).rejects.toMatchObject(NOT_FOUND);
    expect((await client.list()).tasks.map(({ id }) => id).toSorted()).toEqual(['evidence', 'twin']);
    for await (const event of events) {
      expect(event).toMatchObject({ id: 'gone', event: 'deleted' });
      break;
    }

    const isGone = async (): Promise<void> => {
      await caughtUp(client);
      await expect(client.history.get('gone')).rejects.toMatchObject(NOT_FOUND);
      expect((await client.history.search('gone')).tasks).toEqual([]);
      expect((await client.history.stats({ namespace: 'one' })).total).toBe(1);
      // Its own, and the note about red.
      await vi.waitFor(async () => expect(await points('one')).toBe(ofEvidence + 1), PATIENCE);
      expect(await points('two')).toBe(ofTwin);
      const { hits } = await client.search.find('blue paint', { namespace: 'one' });
      expect(JSON.stringify(hits)).not.toMatch(/gone|blue is|buy blue/);
      expect(await noteCount(world)).toBe(1);
    };
    await isGone();
    await vi.waitFor(async () => expect(await linesOf(client, 'gone')).toBe(0), PATIENCE);
    expect(await linesOf(client, 'twin')).toBeGreaterThan(0);

    await crash(vectorizer);
    await qdrantVectorIndex({ url: qdrant.url }).drop(COLLECTION);
    await Promise.all([startVectorizer('another'), client.history.rebuild()]);
    await vi.waitFor(async () => expect((await client.history.status()).state).toBe('following'), PATIENCE);
    await isGone();
    await crash(history);
  }, 60_000);

  it('stays deleted when every process is killed around the deletion, and can be deleted when the engine has forgotten it', async () => {
    await using stack = new AsyncDisposableStack();
    const { world, engine, startHistory, startVectorizer } = await deletingWorld(stack);
    const { client } = world;
    const [history, vectorizer] = await Promise.all([startHistory(), startVectorizer()]);
    for (const id of ['gone', 'old', 'twin']) await submitted(client, id, { payload: 'fail' });
    await caughtUp(client);
    await Promise.all([crash(history), crash(vectorizer)]);
    await client.delete('gone');
    await crash(engine);
    // It has room for no settled task.
    await world.startEngine({ PRECEDENT_RECENT_MAX_TASKS: '0' });
    await Promise.all([startHistory(), startVectorizer()]);
    await caughtUp(client);
    await expect(client.get('gone')).rejects.toMatchObject(NOT_FOUND);
    await expect(client.history.get('gone')).rejects.toMatchObject(NOT_FOUND);
    expect(await linesOf(client, 'gone')).toBe(0);

    await expect(client.delete('old', { namespace: 'other' })).rejects.toMatchObject(NOT_FOUND);
    expect(await client.delete('old')).toEqual({ id: 'old', deleted: true });
    await expect(client.get('old')).rejects.toMatchObject(NOT_FOUND);
    expect((await client.list()).tasks.map(({ id }) => id)).toEqual(['twin']);
    await caughtUp(client);
    expect((await client.history.stats({})).total).toBe(1);
    expect(await linesOf(client, 'old')).toBe(0);
    const left = qdrantVectorIndex({ url: qdrant.url });
    const { points: found } = await left.scroll(COLLECTION, { namespace: 'default' }, { limit: 1_000 });
    expect(new Set(found.map(({ payload }) => payload['task']))).toEqual(new Set(['twin']));
  }, 60_000);
});
