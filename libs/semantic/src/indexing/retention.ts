import type { EpochMs } from '@precedent/kernel';
import type { Shelves } from '../shelves/shelves.ts';

export interface RetentionTerms {
  readonly shelves: Pick<Shelves, 'remove'>;
  readonly namespaces: Iterable<string>;
  readonly now: EpochMs;
  /** Milliseconds. */
  readonly keepMs: number;
}

/** What people and agents told is kept until it expires by its own terms, however old it is. */
const TOLD = ['note', 'resolution'];

/** Forgets what happened too long ago, and notes that have expired. Rejects VECTORS_UNAVAILABLE. */
export const forget = async ({ shelves, namespaces, now, keepMs }: RetentionTerms): Promise<void> => {
  for (const namespace of namespaces) {
    const old = { at: { to: now - keepMs } };
    await shelves.remove({ namespace, ranges: old, not: { kind: TOLD } });
    await shelves.remove({ namespace, ranges: { expires_at: { to: now } } });
  }
};
