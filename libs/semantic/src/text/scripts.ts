import { normalForm } from '@precedent/kernel';
import { SPACELESS_LETTER } from '@precedent/ports';

const SPACELESS = new RegExp(SPACELESS_LETTER, 'u');
const RUNS = new RegExp(`(?:${SPACELESS_LETTER}\\p{M}*)+|(?:(?!${SPACELESS_LETTER})[^])+`, 'gu');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One form for comparing: composed, compatible (full width, ligatures), in lower case. The same for texts and queries. */
export const folded = (text: string): string => normalForm(text, 'NFKC').toLowerCase();

/** Whether a text has letters of a script without spaces between words: Han, Kana, Thai, Lao, Khmer, Burmese. */
export const isSpaceless = (text: string): boolean => SPACELESS.test(text);

/** A text where scripts without spaces begin and end: `err障害` is `err`, `障害`. */
export const scriptRuns = (text: string): readonly string[] => text.match(RUNS) ?? [];

/**
 * What stands for words in a run without spaces: its pairs of neighbouring characters, or the one that it has. Whatever is a part
 * of a run has only pairs of the run, so that it is found in there without a dictionary.
 */
export const pairsOf = (run: string): readonly string[] => {
  const characters = charactersOf(run);
  return characters.length < 2
    ? characters
    : characters.slice(1).map((one, at) => `${characters[at] ?? ''}${one}`);
};

/** Characters as people see them. */
export const charactersOf = (text: string): readonly string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment);

/** A folded text, with the place in the original where each of its units, and its end, comes from. */
export const foldedPlaces = (text: string): { readonly text: string; readonly places: readonly number[] } => {
  const places: number[] = [];
  let all = '';
  for (const { segment, index } of graphemes.segment(text)) {
    const one = folded(segment);
    for (let at = 0; at < one.length; at++) places.push(index);
    all += one;
  }
  return { text: all, places: [...places, text.length] };
};
