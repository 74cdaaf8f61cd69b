import type { CheckpointBlobs } from '@precedent/ports';
import { natsObjectStore } from './nats-object-store.ts';
import type { ObjectStoreOptions } from './nats-object-store.ts';
import { backgroundRemovals } from '../streams/background-removals.ts';

/** The bucket in which workers store large checkpoints. */
export const natsCheckpointBlobs = (options: ObjectStoreOptions): CheckpointBlobs => {
  const store = natsObjectStore(options);
  return { remove: backgroundRemovals((ref) => store.remove(ref)) };
};
