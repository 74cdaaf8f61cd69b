import { normalForm } from '@precedent/kernel';
import { SPACELESS_LETTER } from '@precedent/ports';

const SPACELESS = new RegExp(SPACELESS_LETTER, 'u');
const RUNS = new RegExp(`(?:${SPACELESS_LETTER}\\p{M}*)+|(?:(?!${SPACELESS_LETTER})[^])+`, 'gu');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The form in which texts and queries are compared: NFKC (composed, full width and ligatures replaced), in lower case. */
export const folded = (text: string): string => normalForm(text, 'NFKC').toLowerCase();

/** Whether a text has letters of a script without spaces between words: Han, Kana, Thai, Lao, Khmer, Burmese. */
export const isSpaceless = (text: string): boolean => SPACELESS.test(text);

/** Splits a text where scripts without spaces begin and end: `err障害` is `err`, `障害`. */
export const scriptRuns = (text: string): readonly string[] => text.match(RUNS) ?? [];

/**
 * The pairs of adjacent characters of a run without spaces, or its only character. They replace words: a part of the run has only pairs of
 * the run, so it is found without a dictionary.
 */
export const pairsOf = (run: string): readonly string[] => {
  const characters = charactersOf(run);
  return characters.length < 2
    ? characters
    : characters.slice(1).map((unit, at) => `${characters[at] ?? ''}${unit}`);
};

/** The grapheme clusters of a text. */
export const charactersOf = (text: string): readonly string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment);

/** A folded text, with the position in the original of each of its UTF-16 units, and of its end. */
export const foldedPlaces = (text: string): { readonly text: string; readonly places: readonly number[] } => {
  const places: number[] = [];
  let all = '';
  for (const { segment, index } of graphemes.segment(text)) {
    const unit = folded(segment);
    for (let at = 0; at < unit.length; at++) places.push(index);
    all += unit;
  }
  return { text: all, places: [...places, text.length] };
};
