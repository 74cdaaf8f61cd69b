/** Letters of scripts that are written without spaces between words, with the mark that lengthens vowels of Kana: a class. */
export const SPACELESS_LETTER =
  '[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\u30fc\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}]';
const SPACELESS = new RegExp(SPACELESS_LETTER, 'gu');

/** The text with each letter of such a script as a word of its own: a part of a run is found as a phrase. */
export const spaced = (text: string): string => text.replace(SPACELESS, ' $& ');

/**
 * The words of a text, in order, in lower case: the longest runs of letters and digits, of any script. `ERR_X42` is `err`, `x42`,
 * and `a-b.ts` is `a`, `b`, `ts`. This is what the word tokenizer of Qdrant does, so every index finds the same.
 */
export const wordsOf = (text: string): string[] =>
  (text.match(/[\p{Alphabetic}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());

/**
 * Whether the words of the term stand in the text one behind the other: `ERR_X42` is found in `err x42` and in `(ERR-X42)`, not in
 * `ERR_X421`. A term without words is never found.
 */
export const hasTerm = (textWords: readonly string[], term: string): boolean => {
  const words = wordsOf(term);
  if (words.length === 0) return false;
  return textWords.some((_, start) => words.every((word, i) => textWords[start + i] === word));
};
