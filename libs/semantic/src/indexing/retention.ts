import type { EpochMs } from '@precedent/kernel';
import type { Shelves } from '../shelves/shelves.ts';

export interface RetentionTerms {
  readonly shelves: Pick<Shelves, 'expire'>;
  readonly now: EpochMs;
  /** Milliseconds. */
  readonly keepMs: number;
}

/** What people and agents told is kept until it expires by its own terms, however old it is. */
const TOLD = ['note', 'resolution'];

/** Forgets what happened too long ago, whosever it is, and notes that have expired. Rejects VECTORS_UNAVAILABLE. */
export const forget = async ({ shelves, now, keepMs }: RetentionTerms): Promise<void> => {
  await shelves.expire({ field: 'at', before: now - keepMs, not: { kind: TOLD } });
  await shelves.expire({ field: 'expires_at', before: now });
};
