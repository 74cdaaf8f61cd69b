import type { EpochMs } from '@precedent/kernel';
import type { DeletedRecord } from '@precedent/tasks';
import type { CollectionSet } from '../collections/collection-set.ts';

/** A deleted task. */
export type Deleted = Pick<DeletedRecord, 'id' | 'namespace' | 'at'>;

/**
 * Removes every point of a deleted task: its documents, its resolutions, and notes that name it as a source. Annotations that were
 * added after the deletion stay, also when the journal is read again. Rejects VECTORS_UNAVAILABLE.
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

export interface RetentionOptions {
  readonly collections: Pick<CollectionSet, 'expire'>;
  readonly now: EpochMs;
  /** Milliseconds. */
  readonly keepMs: number;
}

/** Annotations are removed at their own expiry only. */
const ANNOTATION_KINDS = ['note', 'resolution'];

/** Removes points older than `keepMs`, of every namespace, and expired notes. Rejects VECTORS_UNAVAILABLE. */
export const removeExpired = async ({ collections, now, keepMs }: RetentionOptions): Promise<void> => {
  await collections.expire({ field: 'at', before: now - keepMs, not: { kind: ANNOTATION_KINDS } });
  await collections.expire({ field: 'expires_at', before: now });
};
