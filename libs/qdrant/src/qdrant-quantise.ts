import { QUANTISED_FROM, isOnDisk, quantisation } from './qdrant-layout.ts';
import type { QdrantCalls } from './qdrant-calls.ts';

/** Upserted points between two checks of a collection's size. */
const CHECK_EVERY = 10_000;

/** Turns quantisation on for collections that have grown large. Small ones are searched exactly, and need no second copy of their vectors. */
export const quantiser = (calls: QdrantCalls, from: number = QUANTISED_FROM) => {
  const grownBy = new Map<string, number>();
  const quantised = new Set<string>();

  const check = async (collection: string): Promise<void> => {
    const found = await calls.read(`looking at ${collection}`, (client) => client.getCollection(collection));
    grownBy.set(collection, 0);
    const isOn = Boolean(found.config.quantization_config);
    if (!isOn && (found.points_count ?? 0) < from) return;
    if (!isOn) {
      const change = { quantization_config: quantisation(isOnDisk(found)) };
      await calls.writeOnce(`quantising ${collection}`, (client) =>
        client.updateCollection(collection, change),
      );
    }
    quantised.add(collection);
  };

  /** To be called after every upsert. It never rejects. */
  const grown = async (collection: string, points: number): Promise<void> => {
    if (quantised.has(collection)) return;
    const by = (grownBy.get(collection) ?? 0) + points;
    grownBy.set(collection, by);
    if (by >= Math.min(CHECK_EVERY, from)) await check(collection).catch(() => undefined);
  };
  return { check, grown };
};
