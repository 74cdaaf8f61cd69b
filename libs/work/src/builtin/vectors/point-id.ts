import type { PointPayload } from '@precedent/ports';
import { pointUuid } from '../uuid5.ts';

/** The id of a point with a key. */
export const keyedId = (namespace: string, collection: string, key: string): string =>
  pointUuid(namespace, collection, 'key', key);

/** The id of a chunk of a file. */
export const chunkId = (namespace: string, collection: string, path: string, number: number): string =>
  pointUuid(namespace, collection, path, String(number));

/** The id that this payload has in a collection; `undefined` when nothing in it says so. */
export const idIn = (collection: string, payload: PointPayload): string | undefined => {
  const { namespace, key, path, chunk } = payload;
  if (typeof key === 'string') return keyedId(namespace, collection, key);
  if (typeof path === 'string' && typeof chunk === 'number')
    return chunkId(namespace, collection, path, chunk);
  return undefined;
};
