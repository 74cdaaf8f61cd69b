import { isAppError } from '@precedent/kernel';

/** Faults of an entry itself. All others are of the journal's server, of the store, or of this version: the entry is tried again. */
const OF_THE_ENTRY: ReadonlySet<string> = new Set(['JOURNAL_CORRUPT', 'INTERNAL']);

/** Whether the same entry would fail again, however often it is tried. */
export const isPermanent = (error: unknown): boolean => !isAppError(error) || OF_THE_ENTRY.has(error.code);
