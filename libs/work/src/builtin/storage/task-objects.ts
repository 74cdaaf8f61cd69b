import type { Job } from '@precedent/contract-types';
import type { ObjectStore, StoredObject } from '@precedent/ports';

/**
 * The objects that a task reaches: those of its namespace, and with a security label those of tasks with this label. The name of that place is the
 * prefix of theirs, so that no object of another one can be named.
 */
export interface TaskObjects {
  readonly maxObjectBytes: number;
  put(name: string, content: Uint8Array | string, contentType?: string): Promise<StoredObject>;
  get(name: string): Promise<Uint8Array | undefined>;
  stat(name: string): Promise<StoredObject | undefined>;
  remove(name: string): Promise<boolean>;
  list(prefix: string): Promise<readonly StoredObject[]>;
}

/** A namespace and a label contain neither `/` nor a dot, so no prefix is the beginning of another one. */
export const taskObjects = (
  store: ObjectStore,
  { namespace, security }: Pick<Job, 'namespace' | 'security'>,
): TaskObjects => {
  const front = security === undefined ? `${namespace}/` : `${namespace}.${security}/`;
  const own = (about: StoredObject): StoredObject => ({ ...about, name: about.name.slice(front.length) });
  return {
    maxObjectBytes: store.maxObjectBytes,
    put: async (name, content, contentType) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      return own(await store.put(front + name, bytes, contentType === undefined ? {} : { contentType }));
    },
    get: (name) => store.get(front + name),
    stat: async (name) => {
      const found = await store.stat(front + name);
      return found && own(found);
    },
    remove: (name) => store.remove(front + name),
    list: async (prefix) => (await store.list(front + prefix)).map(own),
  };
};
