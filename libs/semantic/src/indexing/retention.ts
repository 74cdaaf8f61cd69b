import type { EpochMs } from '@precedent/kernel';
import type { CollectionSet } from '../collections/collection-set.ts';

export interface RetentionOptions {
  readonly collections: Pick<CollectionSet, 'expire'>;
  readonly now: EpochMs;
  /** Milliseconds. */
  readonly keepMs: number;
}

/** Annotations stay until their own expiry, however old they are. */
const TOLD = ['note', 'resolution'];

/** Removes what is older than the retention, of every namespace, and notes that have expired. Rejects VECTORS_UNAVAILABLE. */
export const forget = async ({ collections, now, keepMs }: RetentionOptions): Promise<void> => {
  await collections.expire({ field: 'at', before: now - keepMs, not: { kind: TOLD } });
  await collections.expire({ field: 'expires_at', before: now });
};
