import type { DeletedRecord } from '@precedent/tasks';
import type { Shelves } from '../shelves/shelves.ts';

/** A task of which nothing is to be known any more. */
export type Deleted = Pick<DeletedRecord, 'id' | 'namespace' | 'at'>;

/**
 * Removes every point of a deleted task: what happened, its resolutions, and notes that name it as a source. What was told after
 * the deletion stays, also when the journal is read again. Rejects VECTORS_UNAVAILABLE.
 */
export const removePoints = async (
  shelves: Pick<Shelves, 'remove'>,
  { id, namespace, at }: Deleted,
): Promise<void> => {
  const ranges = { at: { to: at + 1 } };
  await shelves.remove({ namespace, fields: { task: id }, not: { kind: 'resolution' } });
  await shelves.remove({ namespace, fields: { task: id, kind: 'resolution' }, ranges });
  await shelves.remove({ namespace, fields: { sources: id, kind: 'note' }, ranges });
};
