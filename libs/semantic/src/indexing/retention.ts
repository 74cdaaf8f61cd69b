import type { EpochMs } from '@precedent/kernel';
import type { VectorIndex } from '@precedent/ports';

export interface RetentionTerms {
  readonly index: VectorIndex;
  readonly collection: string;
  readonly namespaces: Iterable<string>;
  readonly now: EpochMs;
  /** Milliseconds. */
  readonly keepMs: number;
}

/** What people and agents told is kept until it expires by its own terms, however old it is. */
const TOLD = ['note', 'resolution'];

/** Forgets what happened too long ago, and notes that have expired. Rejects VECTORS_UNAVAILABLE. */
export const forget = async ({
  index,
  collection,
  namespaces,
  now,
  keepMs,
}: RetentionTerms): Promise<void> => {
  for (const namespace of namespaces) {
    const old = { at: { to: now - keepMs } };
    await index.remove(collection, { namespace, ranges: old, not: { kind: TOLD } });
    await index.remove(collection, { namespace, ranges: { expires_at: { to: now } } });
  }
};
