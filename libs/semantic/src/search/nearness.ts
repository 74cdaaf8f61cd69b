import { isSpaceless } from '../text/scripts.ts';
import { isStopword, partsOf, tokensOf } from '../text/words.ts';
import type { Ranked } from './rank.ts';
import { rarityOf } from './rank.ts';
import type { Term } from './terms.ts';

/** Cosine of two words, `undefined` where it is not known. */
export type Likeness = (a: string, b: string) => number | undefined;

/** Words that have nothing to do with each other are this near all the same. */
const FAR = 0.3;
/** Chosen by measurement: `docs/semantic.md`. */
const WEIGHT = 1;
/** As many of the best are looked at again. */
export const LOOKED_AT = 50;
const LETTERS_MIN = 3;

/** The words of a text that mean something by themselves. */
export const plainWordsOf = (text: string): readonly string[] => [
  ...new Set(tokensOf(text).flatMap(({ raw }) => partsOf(raw).filter(isPlain))),
];

const isPlain = (word: string): boolean =>
  word.length >= LETTERS_MIN && !/\d/.test(word) && !isStopword(word) && !isSpaceless(word);

/** The terms of a query that may be said in other words. */
export const plainTermsOf = (terms: readonly Term[]): readonly Term[] =>
  terms.filter(({ word, isExact }) => !isExact && isPlain(word));

/**
 * The best of a ranking once more, by how near each term of the query is to the nearest word of the text: a short query drowns in
 * the one vector of a long text. Those behind them stay behind.
 */
export const softened = (
  ranked: readonly Ranked[],
  terms: readonly Term[],
  likeness: Likeness,
): readonly Ranked[] => {
  const plain = plainTermsOf(terms);
  if (plain.length === 0) return ranked;
  const weights = rarityOf(plain, ranked);
  const cached = remembered(likeness);
  const again = ranked.slice(0, LOOKED_AT).map((one) => {
    const words = plainWordsOf(one.payload.text);
    const near = nearness(plain, words, { weights, likeness: cached });
    return { ...one, near, score: one.score + WEIGHT * near };
  });
  return [
    ...again.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)),
    ...ranked.slice(LOOKED_AT),
  ];
};

/** Texts share most of their words. */
const remembered = (likeness: Likeness): Likeness => {
  const seen = new Map<string, Map<string, number | undefined>>();
  return (a, b) => {
    const ofA = seen.get(a) ?? new Map<string, number | undefined>();
    seen.set(a, ofA);
    if (!ofA.has(b)) ofA.set(b, a === b ? 1 : likeness(a, b));
    return ofA.get(b);
  };
};

interface Measure {
  readonly weights: ReadonlyMap<string, number>;
  readonly likeness: Likeness;
}

/** 0 to 1, weighted by how rare the terms are. */
const nearness = (
  terms: readonly Term[],
  words: readonly string[],
  { weights, likeness }: Measure,
): number => {
  let [near, all] = [0, 0];
  for (const { word } of terms) {
    const weight = weights.get(word) ?? 0;
    const best = words.reduce((max, one) => Math.max(max, likeness(word, one) ?? 0), 0);
    near += weight * (Math.max(0, best - FAR) / (1 - FAR));
    all += weight;
  }
  return all === 0 ? 0 : near / all;
};
