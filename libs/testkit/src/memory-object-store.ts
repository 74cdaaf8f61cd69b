import { createHash } from 'node:crypto';
import { AppError } from '@precedent/kernel';
import type { Clock, ObjectStore, StoredObject } from '@precedent/ports';

export interface MemoryObjectStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** 64 MiB by default. */
  readonly maxObjectBytes?: number;
}

interface ObjectWithContent {
  readonly about: StoredObject;
  readonly content: Uint8Array;
}

/** Objects in memory; two stores share nothing. */
export const memoryObjectStore = (options: MemoryObjectStoreOptions): ObjectStore => {
  const { clock, maxObjectBytes = 64 * 1024 * 1024 } = options;
  const objects = new Map<string, ObjectWithContent>();
  return {
    maxObjectBytes,
    put: async (name, content, { contentType } = {}) => {
      if (content.length > maxObjectBytes) {
        const message = `${name} has ${content.length} bytes of ${maxObjectBytes} at most`;
        throw new AppError('PAYLOAD_TOO_LARGE', message);
      }
      const sha256 = createHash('sha256').update(content).digest('hex');
      const about: StoredObject = {
        name,
        bytes: content.length,
        sha256,
        at: clock.now(),
        ...(contentType !== undefined && { contentType }),
      };
      objects.set(name, { about, content: Uint8Array.from(content) });
      return about;
    },
    get: async (name) => {
      const found = objects.get(name);
      return found && Uint8Array.from(found.content);
    },
    stat: async (name) => objects.get(name)?.about,
    remove: async (name) => objects.delete(name),
    list: async (prefix) =>
      [...objects.values()]
        .map(({ about }) => about)
        .filter(({ name }) => name.startsWith(prefix))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
};
