import { SPACELESS_LETTER } from '@precedent/ports';

import { charBoundary } from '@precedent/kernel';
/** Words and lines of a text, counted piece by piece. */
export interface TextCounts {
  readonly characters: number;
  readonly lines: number;
  readonly words: number;
  /** Most frequent first; at equal counts by alphabet. */
  readonly topTerms: readonly { readonly term: string; readonly count: number }[];
}

export interface TextCounter {
  add(piece: string): void;
  counts(): TextCounts;
}

/** The shortest term of a script without spaces: most of its words have two characters. */
const SPACELESS_CHARS_MIN = 2;
const SPACELESS = new RegExp(SPACELESS_LETTER, 'u');
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** A word has letters or digits; an apostrophe or a hyphen may be inside it. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const TERM_CHARS_MIN = 3;
/** English words that say nothing about a text. */
const COMMON = new Set(
  (
    'the and for that with this from are was were has have had but not you your they their its his her she him our ' +
    'who what which when where will would can could may into over than then there these those been being also'
  ).split(' '),
);

/** Counts pieces of a text that are cut between words; `top` is how many terms it reports. */
export const textCounter = (top: number): TextCounter => {
  const countByTerm = new Map<string, number>();
  let [characters, newlines, words, last] = [0, 0, 0, '\n'];
  const countTerm = (word: string): void => {
    const term = word.toLowerCase();
    const min = SPACELESS.test(term) ? SPACELESS_CHARS_MIN : TERM_CHARS_MIN;
    if (term.length >= min && !COMMON.has(term)) countByTerm.set(term, (countByTerm.get(term) ?? 0) + 1);
  };
  return {
    add: (piece) => {
      characters += piece.length;
      for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) newlines++;
      for (const [run] of piece.matchAll(WORD)) {
        for (const word of wordsIn(run)) {
          words++;
          countTerm(word);
        }
      }
      last = piece.at(-1) ?? last;
    },
    counts: () => ({
      characters,
      // A last line without a line end is a line too.
      lines: newlines + (last === '\n' ? 0 : 1),
      words,
      topTerms: mostFrequent(countByTerm, top),
    }),
  };
};

/** The words of a run of letters: many where the script has no spaces, by the dictionary of the platform. */
const wordsIn = (run: string): readonly string[] => {
  if (!SPACELESS.test(run)) return [run];
  return Array.from(segmenter.segment(run)).flatMap(({ segment, isWordLike }) =>
    isWordLike ? [segment] : [],
  );
};

/** One pass, with room for the best: sorting all words of a long text would stop everything else meanwhile. */
const mostFrequent = (countByTerm: ReadonlyMap<string, number>, top: number): TextCounts['topTerms'] => {
  const best: Counted[] = [];
  for (const [term, count] of countByTerm) {
    const last = best.at(-1);
    if (best.length === top && (last === undefined || !isBefore({ term, count }, last))) continue;
    const at = best.findIndex((one) => isBefore({ term, count }, one));
    best.splice(at < 0 ? best.length : at, 0, { term, count });
    best.length = Math.min(best.length, top);
  }
  return best;
};

type Counted = TextCounts['topTerms'][number];

const isBefore = (a: Counted, b: Counted): boolean =>
  a.count > b.count || (a.count === b.count && a.term < b.term);

/** Cuts a text into pieces of about `chars`, after white space where there is some in reach, so that no word is split. */
export function* slicesOf(text: string, chars: number): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = cutBefore(text, start, start + chars);
    yield text.slice(start, end);
    start = end;
  }
}

const cutBefore = (text: string, start: number, limit: number): number => {
  if (limit >= text.length) return text.length;
  for (let at = limit; at > start; at--) {
    if (/\s/.test(text.charAt(at - 1))) return at;
  }
  return charBoundary(text, limit);
};
