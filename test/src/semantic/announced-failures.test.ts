import { expect, it } from 'vitest';
import { MemoryStorage, memoryJournalReader, memoryLog } from '@precedent/memory';
import type { Point } from '@precedent/ports';
import { CollectionSet, Indexer, collectionNames, search } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import type { JournalRecord } from '@precedent/tasks';
import { COLLECTION, clock, collectionOf, letters } from './indexing-world.ts';
import { CLASS, entryOf } from './journal-entries.ts';

const UNEMBEDDED = { bare: true } as const;
/** More than a search takes of the nearest. */
const NEARER = 150;
const PARTS = ['pump', 'valve', 'gasket', 'piston'];

const failure = (part: string): JournalRecord[] => [
  { kind: 'submitted', id: part, at: 1, class: CLASS, body: JSON.stringify({ command: 'run' }) },
  { kind: 'leased', id: part, at: 2, worker: 'w', session: 's', epoch: 1 },
  {
    kind: 'settled',
    id: part,
    at: 3,
    state: 'failed',
    error: { code: 'HANDLER_FAILED', message: `the ${part} leaks` },
  },
];

/** Failures with vectors, which are nearer to any query than a point without one. */
const nearer = async (): Promise<Point[]> => {
  const texts = Array.from({ length: NEARER }, (_, n) => `query ${n} was slow`);
  const vectors = await letters.embed(texts);
  return texts.map((text, n) => ({
    id: `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
    vector: vectors[n] ?? new Float32Array(),
    payload: { namespace: 'default', at: n, kind: 'failure', task: `slow-${n}`, text },
  }));
};

/** An indexer of a failure per batch, whose model embeds nothing before `embed` is called. */
const setup = async () => {
  const storage = new MemoryStorage();
  const log = memoryLog({ storage });
  for (const part of PARTS) await log.append(entryOf(failure(part)), await log.last());
  const index = await collectionOf();
  await index.upsert(COLLECTION, await nearer());
  const gate = Promise.withResolvers<void>();
  const documents = {
    ...letters,
    embed: (texts: readonly string[]) => gate.promise.then(() => letters.embed(texts)),
  };
  const active = { collection: COLLECTION, dimensions: 4, model: { documents, queries: letters } };
  const collections = new CollectionSet(index, collectionNames(), { active, hasUnembedded: false });
  const done = Promise.withResolvers<void>();
  const reader = memoryJournalReader(storage, 'vectorizer');
  const state = sqliteIndexState(':memory:');
  const indexer = new Indexer({
    reader: { ...reader, batches: (after) => reader.batches(after, 1) },
    state,
    collections,
    clock,
    onIndexed: () => void (state.journal === storage.last && done.resolve()),
  });
  const bare = () => index.size(COLLECTION, UNEMBEDDED);
  return { indexer, collections, bare, done: done.promise, embed: gate.resolve };
};

it('a failure is found by its words while earlier ones are embedded, and gets its vector afterwards', async () => {
  const { indexer, collections, bare, embed, done } = await setup();
  void indexer.run();
  await expect.poll(bare).toBe(PARTS.length - 1);
  const { hits } = await search(collections.searchContext, {
    namespace: 'default',
    query: 'piston is leaking',
    now: 4,
  });
  expect(hits[0]?.payload['task']).toBe('piston');
  embed();
  await done;
  await indexer.stop();
  expect([await bare(), collections.searchContext.hasUnembedded]).toEqual([0, undefined]);
});
