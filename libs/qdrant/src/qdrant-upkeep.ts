import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sleep } from '@precedent/kernel';
import type { Upkeep } from '@precedent/ports';
import { qdrantCalls } from './qdrant-calls.ts';
import type { QdrantAddress } from './qdrant-calls.ts';
import { COPY_END, WHOLE_MS, headersOf, unavailable, urlOf } from './qdrant-restore.ts';

const LOOK_MS = 200;

/** The collections of a Qdrant server. Second names are not copied: whoever uses them makes them again. */
export const qdrantUpkeep = (address: QdrantAddress): Upkeep => {
  const calls = qdrantCalls(address, { changeMs: WHOLE_MS });
  const statusOf = (name: string) =>
    calls.ask(`looking at ${name}`, async (client) => {
      const { status, points_count, segments_count, indexed_vectors_count } =
        await client.getCollection(name);
      return {
        status,
        points: points_count ?? 0,
        segments: segments_count,
        indexed: indexed_vectors_count ?? 0,
      };
    });
  return {
    name: 'vectors',
    parts: () =>
      calls.ask('listing collections', async (client) =>
        (await client.getCollections()).collections.map(({ name }) => name).toSorted(),
      ),
    save: async (collection, folder, signal) => {
      const { points } = await statusOf(collection);
      const made = await calls.once(`copying ${collection}`, (client) => client.createSnapshot(collection));
      if (made === null) throw unavailable(`copying ${collection}`, 'the server made no snapshot');
      try {
        const file = path.join(folder, `${collection}${COPY_END}`);
        await download(address, `/collections/${collection}/snapshots/${made.name}`, file, signal);
      } finally {
        await calls.once(`removing the copy of ${collection}`, (client) =>
          client.deleteSnapshot(collection, made.name),
        );
      }
      return { points };
    },
    optimise: async (collection, signal) => {
      // A change without a change: it wakes the optimisers of a server that waits with them.
      await calls.once(`optimising ${collection}`, (client) =>
        client.updateCollection(collection, { optimizers_config: {} }),
      );
      let facts = await statusOf(collection);
      for (const until = Date.now() + WHOLE_MS; facts.status !== 'green' && Date.now() < until;) {
        await sleep(LOOK_MS, signal);
        signal.throwIfAborted();
        facts = await statusOf(collection);
      }
      return facts;
    },
  };
};

const download = async (
  address: QdrantAddress,
  place: string,
  file: string,
  signal: AbortSignal,
): Promise<void> => {
  const late = AbortSignal.any([signal, AbortSignal.timeout(WHOLE_MS)]);
  try {
    const answer = await fetch(urlOf(address, place), { headers: headersOf(address), signal: late });
    if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file, { flags: 'wx' }), { signal: late });
  } catch (error) {
    signal.throwIfAborted();
    throw unavailable(`reading ${place}`, error);
  }
};
