import type { LogEntry } from '@precedent/ports';

/** Characters of entries that are indexed together, about: one transaction, one position. Nothing else is done meanwhile, for some 50 ms. */
const PORTION_CHARS = 512 * 1024;
/** As it is written in entries. Where a payload has it, the portion is shorter than it could be. */
const DELETION = '{"kind":"deleted"';

/**
 * The entries in order, a portion at a time. A large one is a portion of its own, and so is one with a deletion: wherever portions begin, a
 * success displaces the same one.
 */
export const portionsOf = (entries: readonly LogEntry[]): LogEntry[][] => {
  const portions: LogEntry[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const isDeletion = entry.text.includes(DELETION);
    chars += entry.text.length;
    if (chars > PORTION_CHARS || isDeletion) {
      portions.push([]);
      chars = entry.text.length;
    }
    portions.at(-1)?.push(entry);
    if (isDeletion) chars = Number.POSITIVE_INFINITY;
  }
  return portions;
};
