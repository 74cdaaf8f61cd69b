import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Client, SearchStatus } from '@precedent/client';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { findModel } from '@precedent/transformers';
import { startQdrant } from '../e2e/qdrant.ts';
import { crash } from '../e2e/programs.ts';
import { readyWorld } from '../e2e/world.ts';

const COLLECTION = 'interactions-all-MiniLM-L6-v2-q8';

const statusWhen = (client: Client, wanted: object): Promise<SearchStatus> =>
  vi.waitFor(
    async () => {
      const status = await client.search.status();
      expect(status).toMatchObject(wanted);
      return status;
    },
    { timeout: 20_000, interval: 100 },
  );

const run = async (client: Client, name: string): Promise<void> => {
  const { id } = await client.submit({ command: 'echo done', name });
  await client.result(id, { timeoutMs: 20_000 });
};

/** Everything in the journal is in the index. */
const fresh = async (client: Client): Promise<SearchStatus> =>
  vi.waitFor(
    async () => {
      const status = await client.search.status();
      expect(status.trouble).toBeUndefined();
      expect(status.freshness.seq).toBeGreaterThan(0);
      expect(status.freshness.seq).toBe(status.freshness.lastSeq);
      return status;
    },
    { timeout: 20_000, interval: 100 },
  );

it('a vectorizer starts despite missing services, reports what it waits for, and continues when that is there', async () => {
  const qdrant = await startQdrant();
  onTestFinished(() => qdrant[Symbol.asyncDispose]());
  await using world = await readyWorld({ settings: { PRECEDENT_VECTORIZER_URL: qdrant.url } });
  const { client } = world;
  const index = qdrantVectorIndex({ url: qdrant.url });

  // Somebody else's collection has our name, and the server is away.
  await index.ensure({ name: COLLECTION, dimensions: 7, indexed: {} });
  await qdrant.kill();
  const first = await world.startVectorizer();
  await statusWhen(client, {
    semantic: false,
    trouble: { message: expect.stringContaining('ECONNREFUSED') as string },
  });
  await qdrant.restart();
  const refusal = `collection ${COLLECTION} is there with vectors of 7 dimensions by Cosine, not 384 by Cosine`;
  await statusWhen(client, { trouble: { code: 'INVALID_REQUEST', message: refusal } });
  await expect(client.search.find('anything')).rejects.toMatchObject({
    code: 'VECTORS_UNAVAILABLE',
    message: refusal,
  });
  await run(client, 'not affected');
  const early = await client.search.remember({ text: 'the cellar floods in March' });
  expect(early.indexed).toBe(false);
  await index.ensure({ name: COLLECTION, dimensions: 7, indexed: {} });
  await index.drop(COLLECTION);
  expect(await fresh(client)).toMatchObject({ collection: COLLECTION, semantic: true });
  expect(await index.size(COLLECTION, { kind: 'attempt' })).toBe(1);
  await vi.waitFor(async () => {
    const { hits } = await client.search.find('where does water come in', { filters: { kind: 'note' } });
    expect(hits.map(({ id }) => id)).toEqual([early.id]);
  });

  // What it remembers is damaged, and so is the model that is configured.
  await crash(first);
  const state = path.join(world.folder, 'store/vectorizer/state.db');
  for (const file of [state, `${state}-wal`]) writeFileSync(file, 'no database '.repeat(1_000));
  const damaged = path.join(world.folder, 'damaged');
  cpSync((await findModel()).dir, damaged, { recursive: true });
  writeFileSync(path.join(damaged, 'onnx/model_quantized.onnx'), 'no weights');
  await run(client, 'second');
  await world.startVectorizer({ PRECEDENT_VECTORIZER_MODEL_DIR: damaged });
  await world.said('no embedding model');
  await world.said('it is put aside');
  expect(await fresh(client)).toMatchObject({ model: 'all-MiniLM-L6-v2-q8', semantic: true });
  expect(await index.size(COLLECTION, { kind: 'attempt' })).toBe(2);
  expect(await index.size(COLLECTION, { kind: 'spec' })).toBe(2);
  expect(await index.size(COLLECTION, { bare: true })).toBe(0);
}, 90_000);
