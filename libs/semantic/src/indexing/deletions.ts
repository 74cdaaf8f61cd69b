import type { VectorIndex } from '@precedent/ports';
import type { DeletedRecord } from '@precedent/tasks';

/** A task of which nothing is to be known any more. */
export type Deleted = Pick<DeletedRecord, 'id' | 'namespace' | 'at'>;

/**
 * Removes every point of a deleted task: what happened, its resolutions, and notes that name it as a source. What was told after
 * the deletion stays, also when the journal is read again. Rejects VECTORS_UNAVAILABLE.
 */
export const removePoints = async (
  index: VectorIndex,
  collection: string,
  { id, namespace, at }: Deleted,
): Promise<void> => {
  const ranges = { at: { to: at + 1 } };
  await index.remove(collection, { namespace, fields: { task: id }, not: { kind: 'resolution' } });
  await index.remove(collection, { namespace, fields: { task: id, kind: 'resolution' }, ranges });
  await index.remove(collection, { namespace, fields: { sources: id, kind: 'note' }, ranges });
};
