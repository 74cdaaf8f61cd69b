/** An id that we made; others are chosen by people, and are short already. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Ten characters are the time, to the millisecond. */
const LEAST_CHARS = 12;
/** Beyond this a short id saves nothing. */
const MOST_CHARS = 20;

/**
 * Ids for a narrow table: beginnings, all of one length, that no two of them share. Commands take them as they are. Whole ones where
 * only a long prefix distinguishes ids of tasks that were submitted together.
 */
export const shortIds = (ids: readonly string[]): readonly string[] => {
  const length = Math.max(LEAST_CHARS, sharedChars([...new Set(ids)].toSorted()) + 1);
  return length > MOST_CHARS ? ids : ids.map((id) => shortId(id, length));
};

/** The beginning of an id that we made. */
export const shortId = (id: string, length = LEAST_CHARS): string =>
  ULID.test(id) ? id.slice(0, length) : id;

/** The longest beginning that two neighbours share. */
const sharedChars = (sorted: readonly string[]): number =>
  sorted.slice(1).reduce((most, id, at) => Math.max(most, sharedWith(id, sorted[at] ?? '')), 0);

const sharedWith = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
};
