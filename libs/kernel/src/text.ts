/**
 * Cuts of user text. Lengths are UTF-16 units, as `length` counts them, unless a name says otherwise. Every result is well-formed:
 * a surrogate without its other half, which UTF-8 and therefore JSON parsers of other languages refuse, becomes U+FFFD.
 */

/** The text with every lone surrogate replaced by U+FFFD. Costs nothing for a text that is well-formed already. */
export const wellFormed = (text: string): string => text.toWellFormed();

/** The largest index up to `at` that is not inside a surrogate pair; at most the length of the text. */
export const charBoundary = (text: string, at: number): number => {
  if (at >= text.length) return text.length;
  return isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1)) ? at - 1 : Math.max(0, at);
};

/** Marks in a row that are put in order: more is no writing of any language. */
const MARKS = /(?:(?!\u034f)\p{M}){30}(?=(?!\u034f)\p{M})/gu;
/** Joins nothing, and ends a row of marks: what Unicode's stream-safe text format puts there. */
const JOINER = '\u034f';

/**
 * The text in a normal form, in which the same letters are the same units. Linear: putting a flood of marks in order takes the
 * library seconds, so that a row of them is interrupted after each 30.
 */
export const normalForm = (text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD' = 'NFC'): string =>
  BEYOND_ASCII.test(text) ? text.replace(MARKS, `$&${JOINER}`).normalize(form) : text;

/** ASCII is in every normal form. */
// oxlint-disable-next-line no-control-regex -- the others are what is looked for
const BEYOND_ASCII = /[^\u0000-\u007f]/;

/** At most the first `max` units, whole code points only. For texts that are stored or sent. */
export const cutText = (text: string, max: number): string =>
  wellFormed(text.length <= max ? text : text.slice(0, charBoundary(text, max)));

/** At most `max` bytes of UTF-8 from the beginning of the text, whole code points only. */
export const cutBytes = (text: string, max: number): string => {
  if (text.length * 3 <= max) return wellFormed(text);
  return wellFormed(text.slice(0, encoder.encodeInto(text, new Uint8Array(Math.max(0, max))).read));
};

/** Whether the text takes more than `max` bytes of UTF-8. Counts them only where the length does not decide. */
export const exceedsBytes = (text: string, max: number): boolean =>
  text.length > max || (text.length * 3 > max && encoder.encode(text).length > max);

/** At most the first `max` units, whole characters as people see them: no letter loses its accent, no family a member. */
export const cutGraphemes = (text: string, max: number): string =>
  wellFormed(text.length <= max ? text : text.slice(0, graphemeBoundary(text, max)));

/** The text where it has at most `max` units, or its beginning and an ellipsis: together at most `max` units. For people. */
export const excerptOf = (text: string, max: number): string =>
  text.length <= max ? wellFormed(text) : `${cutGraphemes(text, max - 1)}…`;

/** The text without the given characters at its end. A pattern such as `/[.,]+$/` looks at every run of them: the square of its length. */
export const trimEndOf = (text: string, chars: string): string => {
  let end = text.length;
  while (end > 0 && chars.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
};

/** Units around a cut in which characters are looked for; a longer one (hundreds of combining marks) is cut inside. */
const WINDOW = 256;

/** The start of the character that `at` is inside of. Only the text around `at` is segmented, so the cost is constant. */
const graphemeBoundary = (text: string, at: number): number => {
  const from = charBoundary(text, Math.max(0, at - WINDOW));
  const near = text.slice(from, charBoundary(text, at + WINDOW));
  const start = from + (graphemesOf(near).containing(at - from)?.index ?? 0);
  return start > from ? start : charBoundary(text, at);
};

const encoder = new TextEncoder();
let segmenter: Intl.Segmenter | undefined;

/** Made when it is needed first: that takes ten milliseconds, which a command of the command line that cuts nothing need not spend. */
const graphemesOf = (text: string): Intl.Segments => {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
};

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
