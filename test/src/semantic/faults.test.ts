import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MemoryStorage, memoryJournalReader, memoryLog } from '@precedent/memory';
import type { Embedder } from '@precedent/ports';
import { startQdrantServer, systemClock } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import type { QdrantIndexOptions } from '@precedent/qdrant';
import { Indexer, CollectionSet, openCollections, collectionNames } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import type { JournalRecord } from '@precedent/tasks';
import { CLASS, entryOf } from './journal-entries.ts';
import { startQdrant } from '../e2e/qdrant.ts';
import { canMount, filler, qdrantOnSmallDisk } from './small-disk.ts';
import { FULL, troubledProxy } from './troubled-proxy.ts';

const MIB = 1024 * 1024;
const PATIENT = { timeout: 20_000, interval: 20 };
const COLLECTION = 'interactions-lengths';

const lengths: Embedder = {
  model: { name: 'lengths', dimensions: 4 },
  embed: async (texts) => texts.map((text) => Float32Array.of(1, text.length, text.charCodeAt(0), 0)),
  close: async () => undefined,
};

/** A journal to which tests write tasks, an indexer that reads it, and its state. */
const indexing = async (options: QdrantIndexOptions) => {
  const storage = new MemoryStorage();
  const log = memoryLog({ storage });
  const index = qdrantVectorIndex(options);
  const names = collectionNames();
  const own = { documents: lengths, queries: lengths };
  // The creation of a collection may take longer than a write.
  const patient = qdrantVectorIndex({ url: options.url });
  const opened = await openCollections({ index: patient, names, own, named: async () => undefined });
  const state = sqliteIndexState(':memory:');
  const indexer = new Indexer({
    // Every task is to be found.
    successes: { max: 10_000, gapMs: 0 },
    openMax: 10_000,
    reader: memoryJournalReader(storage, 'vectorizer'),
    state,
    collections: new CollectionSet(index, names, opened),
    clock: systemClock(),
  });
  void indexer.run();
  onTestFinished(() => indexer.stop());
  let tasks = 0;
  return {
    indexer,
    /** Journals the whole lives of so many more tasks, one entry each. */
    journal: async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++)
        await log.append(entryOf(lifeOf(tasks++), Date.now()), await log.last());
    },
    /** Resolves when all is indexed, to the number of tasks and points. */
    counted: async (): Promise<{ tasks: number; specs: number; attempts: number }> => {
      await vi.waitFor(() => expect(indexer.status().seq).toBe(storage.last), PATIENT);
      expect(indexer.status()).toMatchObject({ trouble: undefined });
      const of = (kind: string): Promise<number> => index.size(COLLECTION, { kind });
      return { tasks, specs: await of('spec'), attempts: await of('attempt') };
    },
  };
};

const lifeOf = (n: number): readonly JournalRecord[] => [
  { kind: 'submitted', id: `task-${n}`, at: n, class: CLASS, body: JSON.stringify({ name: `job ${n}` }) },
  { kind: 'leased', id: `task-${n}`, at: n + 1, worker: 'w', session: 's', epoch: 1 },
  { kind: 'settled', id: `task-${n}`, at: n + 2, state: 'completed' },
];

const each = (tasks: number) => ({ tasks, specs: tasks, attempts: tasks });

/** A real server behind a proxy. */
const behindProxy = async () => {
  const server = await startQdrant();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const proxy = await troubledProxy(server.url);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return { server, proxy };
};

describe('the indexer misses no document and stores none twice when Qdrant', () => {
  it('is killed while it indexes, and restarted', async () => {
    const { server } = await behindProxy();
    const { journal, counted, indexer } = await indexing({ url: server.url });
    await journal(200);
    await vi.waitFor(() => expect(indexer.status().documents).toBeGreaterThan(0), PATIENT);
    await server.kill();
    await journal(100);
    await vi.waitFor(() => expect(indexer.status().trouble?.code).toBe('VECTORS_UNAVAILABLE'), PATIENT);
    expect(indexer.status().seq).toBeLessThan(300);
    await server.restart();
    expect(await counted()).toEqual(each(300));
  });

  it('is slow, also slower than the timeout of the client', async () => {
    const { proxy } = await behindProxy();
    const { journal, counted, indexer } = await indexing({ url: proxy.url, writeMs: 400 });
    proxy.delayMs = 100;
    await journal(100);
    expect(await counted()).toEqual(each(100));
    // The write succeeds then, but its answer comes too late.
    proxy.delayMs = 1_000;
    await journal(100);
    await vi.waitFor(
      () =>
        expect(indexer.status().trouble).toMatchObject({
          code: 'VECTORS_UNAVAILABLE',
          message: `storing in ${COLLECTION}: no answer within 400 ms`,
        }),
      PATIENT,
    );
    expect(indexer.status()).toMatchObject({ seq: 100 });
    expect(indexer.status().lagMs).toBeGreaterThan(0);
    proxy.delayMs = 0;
    expect(await counted()).toEqual(each(200));
  });

  it('reports a full disk, until there is space', async () => {
    const { proxy } = await behindProxy();
    const { journal, counted, indexer } = await indexing({ url: proxy.url });
    await journal(50);
    expect(await counted()).toEqual(each(50));
    proxy.isFull = true;
    await journal(50);
    const message = `storing in ${COLLECTION}: ${FULL}`;
    await vi.waitFor(() => expect(indexer.status().trouble?.message).toBe(message), PATIENT);
    expect(indexer.status()).toMatchObject({ seq: 50, trouble: { code: 'VECTORS_UNAVAILABLE' } });
    proxy.isFull = false;
    expect(await counted()).toEqual(each(100));
  });

  it.skipIf(!canMount)('has a disk that is really full, until there is space', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-full-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startQdrantServer({
      apiKey: '',
      binary: await qdrantOnSmallDisk(folder, 160 * MIB),
      dataDir: folder,
    });
    onTestFinished(() => server.stop(0));
    const { journal, counted, indexer } = await indexing({ url: server.url });
    await journal(50);
    expect(await counted()).toEqual(each(50));
    const others = filler(server.pid, path.join(folder, 'qdrant/storage'));
    others.fill();
    let written = 50;
    while (indexer.status().trouble === undefined) {
      await journal(100);
      written += 100;
      await vi.waitFor(() => {
        const { seq, trouble } = indexer.status();
        expect(trouble !== undefined || seq === written).toBe(true);
      }, PATIENT);
    }
    const message = `storing in ${COLLECTION}: ${FULL}`;
    expect(indexer.status().trouble).toEqual({ code: 'VECTORS_UNAVAILABLE', message });
    others.makeRoom();
    expect(await counted()).toEqual(each(written));
  });
});
