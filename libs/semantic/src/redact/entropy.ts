/** The Shannon entropy in bits per character. */
export const entropyOf = (text: string): number => {
  const counts = new Map<string, number>();
  for (const ch of text) counts.set(ch, (counts.get(ch) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
};

const classOf = (ch: string): string => {
  if (/[a-z]/.test(ch)) return 'lower';
  if (/[A-Z]/.test(ch)) return 'upper';
  return /\d/.test(ch) ? 'digit' : 'other';
};

/** The share of adjacent characters of different classes: about .6 in random base62, below .3 in names made of words. */
const classChanges = (text: string): number => {
  let changes = 0;
  for (let i = 1; i < text.length; i++)
    changes += classOf(text.charAt(i)) === classOf(text.charAt(i - 1)) ? 0 : 1;
  return changes / (text.length - 1);
};

/** Words of names: whole parts between signs, and parts in camel case: `labs`, `LINUX`, `Find` and `Package` of `FindPackage`. */
const WORD =
  /(?<![A-Za-z\d])(?:[A-Z]?[a-z]{2,}|[A-Z]{2,})(?![A-Za-z\d])|[A-Z]?(?=[a-z]{0,8}[aeiouy])[a-z]{4,}|[A-Z](?=[a-z]{0,2}[aeiouy])[a-z]{3}(?![a-z])/g;
/** In random characters of both cases words take less, except of one run in 500. */
const WORDS_MIN = 0.62;

/** The share of a run that is words. */
const wordShare = (run: string): number => (run.match(WORD) ?? []).join('').length / run.length;

const HEX = /^[0-9a-f]{32,}$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Whether a run of characters looks random, and is no UUID or ULID. Names made of words do not look random. */
export const looksRandom = (run: string): boolean => {
  if (UUID.test(run) || ULID.test(run)) return false;
  if (HEX.test(run)) return true;
  if (!/\d/.test(run) || !/[A-Za-z]/.test(run)) return false;
  if (/[a-z]/.test(run) && /[A-Z]/.test(run))
    return run.length >= 20 && entropyOf(run) >= 3.5 && classChanges(run) > 0.3 && wordShare(run) < WORDS_MIN;
  return run.length >= 24 && !/[-_/+]/.test(run) && entropyOf(run) >= 3.4 && classChanges(run) > 0.24;
};
