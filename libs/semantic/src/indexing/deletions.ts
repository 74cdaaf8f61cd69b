import type { DeletedRecord } from '@precedent/tasks';
import type { CollectionSet } from '../collections/collection-set.ts';

/** A task of which nothing is to be known any more. */
export type Deleted = Pick<DeletedRecord, 'id' | 'namespace' | 'at'>;

/**
 * Removes every point of a deleted task: what happened, its resolutions, and notes that name it as a source. What was told after
 * the deletion stays, also when the journal is read again. Rejects VECTORS_UNAVAILABLE.
 */
export const removePoints = async (
  collections: Pick<CollectionSet, 'remove'>,
  { id, namespace, at }: Deleted,
): Promise<void> => {
  const ranges = { at: { to: at + 1 } };
  await collections.remove({ namespace, fields: { task: id }, not: { kind: 'resolution' } });
  await collections.remove({ namespace, fields: { task: id, kind: 'resolution' }, ranges });
  await collections.remove({ namespace, fields: { sources: id, kind: 'note' }, ranges });
};
