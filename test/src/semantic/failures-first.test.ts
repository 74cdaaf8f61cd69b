import { expect, it } from 'vitest';
import { MemoryStorage, memoryJournalReader, memoryLog } from '@precedent/memory';
import type { VectorIndex } from '@precedent/ports';
import { Indexer } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import { clock, collectionOf, collectionSetOn, sameSpec } from './indexing-world.ts';
import { entryOf } from './journal-entries.ts';

const BATCHES = 4;
const ENTRIES = 8;

it('an indexer writes the failures of all that it can read before it writes anything else, and moves its position afterwards', async () => {
  const storage = new MemoryStorage();
  const log = memoryLog({ storage });
  for (let n = 0; n < BATCHES * ENTRIES; n++)
    await log.append(entryOf(sameSpec([`bad${n}`, `ok${n}`]), n), await log.last());
  const index = await collectionOf();
  const state = sqliteIndexState(':memory:');
  const writes: string[] = [];
  const watched: VectorIndex = {
    ...index,
    upsert: (collection, points) => {
      const kinds = new Set(points.map(({ payload }) => payload['kind']));
      writes.push(kinds.has('failure') ? [...kinds].join(' ') : `others at ${state.journal}`);
      return index.upsert(collection, points);
    },
  };
  const reader = memoryJournalReader(storage, 'vectorizer');
  const done = Promise.withResolvers<void>();
  const indexer = new Indexer({
    reader: { ...reader, batches: (after) => reader.batches(after, ENTRIES) },
    state,
    collections: collectionSetOn(watched),
    clock,
    onIndexed: () => void (state.journal === storage.last && done.resolve()),
  });
  void indexer.run();
  await done.promise;
  await indexer.stop();
  expect(writes.slice(0, BATCHES)).toEqual(['failure', 'failure', 'failure', 'failure']);
  expect([writes[BATCHES], writes.at(-1)]).toEqual(['others at 0', `others at ${(BATCHES - 1) * ENTRIES}`]);
  expect(indexer.status()).toMatchObject({ seq: storage.last });
});
