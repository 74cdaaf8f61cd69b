import { isSpaceless } from '../text/scripts.ts';
import { stemOf } from '../text/words.ts';
import type { Searchable, Term } from './terms.ts';
import { containsTerm } from './terms.ts';

/** Shorter words have too many neighbours that are words of their own. */
const CHARS_MIN = 5;
/** From this length on a word may have two errors, or another consonant. */
const LONG_CHARS = 8;
const SPELLINGS_MAX = 3;

/**
 * Gives each plain term that stands in none of the texts the words of the texts that differ from it by a typing error: a letter that is
 * missing, added, doubled or swapped with the next one, or another vowel.
 */
export const withSpellings = (terms: readonly Term[], texts: readonly Searchable[]): readonly Term[] =>
  terms.map((term) => {
    if (!mayBeMisspelt(term) || texts.some((text) => containsTerm(text, term))) return term;
    const spellings = nearWords(term.word, texts);
    return spellings.length === 0 ? term : { ...term, spellings };
  });

const mayBeMisspelt = ({ word, isExact }: Term): boolean =>
  !isExact && word.length >= CHARS_MIN && !/[^\p{L}]/u.test(word) && !isSpaceless(word);

const nearWords = (word: string, texts: readonly Searchable[]): readonly string[] => {
  const found = new Map<string, number>();
  for (const { words } of texts) {
    for (const one of words) {
      if (one[0] !== word[0] || Math.abs(one.length - word.length) > 2 || found.has(one)) continue;
      const errors = typingErrors(word, one);
      if (errors <= (word.length >= LONG_CHARS ? 2 : 1)) found.set(one, errors);
    }
  }
  const nearest = [...found].toSorted(([, a], [, b]) => a - b).slice(0, SPELLINGS_MAX);
  return nearest.flatMap(([one]) => [one, stemOf(one)]);
};

const VOWELS = new Set('aeiouy');

/** The least number of typing errors between two words: edit distance in which adjacent letters may be swapped. */
export const typingErrors = (a: string, b: string): number => {
  let [earlier, before]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const now = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (before[j - 1] ?? 0) + replacement(a, b, [i, j]);
      let least = Math.min((before[j] ?? 0) + 1, (now[j - 1] ?? 0) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (earlier[j - 2] ?? 0) + 1);
      now.push(least);
    }
    [earlier, before] = [before, now];
  }
  return before[b.length] ?? 0;
};

/** Another vowel, or any letter of a long word, is one error; in a short word it is another word. */
const replacement = (a: string, b: string, [i, j]: readonly [number, number]): number => {
  const [left = '', right = ''] = [a[i - 1], b[j - 1]];
  if (left === right) return 0;
  return (VOWELS.has(left) && VOWELS.has(right)) || a.length >= LONG_CHARS ? 1 : 2;
};
