import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sleep } from '@precedent/kernel';
import type { Upkeep } from '@precedent/ports';
import { qdrantCalls } from './qdrant-calls.ts';
import type { QdrantAddress } from './qdrant-calls.ts';
import { SNAPSHOT_SUFFIX, SNAPSHOT_MS_MAX, authHeaders, unavailable, urlOf } from './qdrant-restore.ts';

const POLL_MS = 200;

/** The collections of a Qdrant server. Aliases are not copied: the vectorizer creates its alias again. */
export const qdrantUpkeep = (address: QdrantAddress): Upkeep => {
  const calls = qdrantCalls(address, { writeMs: SNAPSHOT_MS_MAX });
  const statusOf = (name: string) =>
    calls.read(`looking at ${name}`, async (client) => {
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
      calls.read('listing collections', async (client) =>
        (await client.getCollections()).collections.map(({ name }) => name).toSorted(),
      ),
    save: async (collection, folder, signal) => {
      const { points } = await statusOf(collection);
      const made = await calls.writeOnce(`copying ${collection}`, (client) =>
        client.createSnapshot(collection),
      );
      if (made === null) throw unavailable(`copying ${collection}`, 'the server made no snapshot');
      try {
        const file = path.join(folder, `${collection}${SNAPSHOT_SUFFIX}`);
        await download(address, `/collections/${collection}/snapshots/${made.name}`, file, signal);
      } finally {
        await calls.writeOnce(`removing the copy of ${collection}`, (client) =>
          client.deleteSnapshot(collection, made.name),
        );
      }
      return { points };
    },
    optimise: async (collection, signal) => {
      // An empty change wakes the optimisers of the server.
      await calls.writeOnce(`optimising ${collection}`, (client) =>
        client.updateCollection(collection, { optimizers_config: {} }),
      );
      let status = await statusOf(collection);
      for (const until = Date.now() + SNAPSHOT_MS_MAX; status.status !== 'green' && Date.now() < until;) {
        await sleep(POLL_MS, signal);
        signal.throwIfAborted();
        status = await statusOf(collection);
      }
      return status;
    },
  };
};

const download = async (
  address: QdrantAddress,
  urlPath: string,
  file: string,
  signal: AbortSignal,
): Promise<void> => {
  const late = AbortSignal.any([signal, AbortSignal.timeout(SNAPSHOT_MS_MAX)]);
  try {
    const answer = await fetch(urlOf(address, urlPath), { headers: authHeaders(address), signal: late });
    if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file, { flags: 'wx' }), { signal: late });
  } catch (error) {
    signal.throwIfAborted();
    throw unavailable(`reading ${urlPath}`, error);
  }
};
