import type { CheckpointBlobs } from '@precedent/ports';
import { natsObjectStore } from './nats-object-store.ts';
import type { ObjectStoreOptions } from './nats-object-store.ts';

/** Removals that wait for the store, at most: beyond that states stay, which costs space and nothing else. */
const WAITING_MAX = 10_000;

/** The bucket in which workers keep large checkpoints. Removes one after the other, so that nothing urgent waits for it. */
export const natsCheckpointBlobs = (options: ObjectStoreOptions): CheckpointBlobs => {
  const store = natsObjectStore(options);
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const removeOne = async (ref: string): Promise<void> => {
    try {
      await store.remove(ref);
    } catch {
      // It stays: whoever looks for space finds it by its task's id.
    } finally {
      waiting--;
    }
  };
  return {
    remove: (refs) => {
      for (const ref of refs) {
        if (waiting >= WAITING_MAX) return;
        waiting++;
        last = last.then(() => removeOne(ref));
      }
    },
  };
};
