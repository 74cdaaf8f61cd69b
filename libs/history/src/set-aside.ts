import type { SetAside } from '@precedent/contract-types';
import { cutText, isAppError, problemOf } from '@precedent/kernel';
import { ASIDE_LIMITS } from '@precedent/ports';

/** What is reported about an entry or a record that is not in the history. */
export const setAside = (seq: number, subject: string, error: unknown): SetAside => {
  const { code, message } = problemOf(error);
  return {
    seq,
    subject: cutText(subject, ASIDE_LIMITS.subjectChars),
    reason: cutText(`${code}: ${message}`, ASIDE_LIMITS.reasonChars),
  };
};

/** Faults of an entry itself. All others are of the journal's server, of the store, or of this version: the entry is tried again. */
const OF_THE_ENTRY: ReadonlySet<string> = new Set(['JOURNAL_CORRUPT', 'INTERNAL']);

/** Whether the same entry would fail again, however often it is tried. */
export const isPermanent = (error: unknown): boolean => !isAppError(error) || OF_THE_ENTRY.has(error.code);
