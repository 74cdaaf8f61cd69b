import type { CheckpointBlobs } from '@precedent/ports';
import { natsObjectStore } from './nats-object-store.ts';
import type { ObjectStoreOptions } from './nats-object-store.ts';
import { removals } from '../streams/removals.ts';

/** The bucket in which workers keep large checkpoints. */
export const natsCheckpointBlobs = (options: ObjectStoreOptions): CheckpointBlobs => {
  const store = natsObjectStore(options);
  return { remove: removals((ref) => store.remove(ref)) };
};
