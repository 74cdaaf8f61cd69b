import { isSpaceless } from '../text/scripts.ts';
import { isStopword, partsOf, stemOf, tokensOf } from '../text/words.ts';
import type { Candidate } from './candidate.ts';
import { documentsIn } from './candidate.ts';
import type { Ranked } from './rank.ts';
import { rarity, rarityOf, searchablesOf } from './rank.ts';
import { withSpellings } from './spelling.ts';
import type { Term } from './terms.ts';
import { containsTerm } from './terms.ts';
import type { WordVectors } from './word-vectors.ts';

/** Cosine of two words; `undefined` when one of them is not embedded. */
export type WordSimilarity = (a: string, b: string) => number | undefined;

/** The cosine of unrelated words. */
const UNRELATED = 0.4;
/** Chosen by measurement: `docs/semantic.md`. */
const WEIGHT = 1;
/** The number of best hits that are ranked again. */
export const RERANKED_MAX = 50;
const WORD_CHARS_MIN = 3;

/** The distinct words of a text that have a meaning of their own: no stopwords, numbers or short words. */
export const plainWordsOf = (text: string): readonly string[] => [
  ...new Set(tokensOf(text).flatMap(({ raw }) => partsOf(raw).filter(isPlain))),
];

const isPlain = (word: string): boolean =>
  word.length >= WORD_CHARS_MIN && !/\d/.test(word) && !isStopword(word) && !isSpaceless(word);

/** The terms of a query that a text may paraphrase. */
export const plainTermsOf = (terms: readonly Term[]): readonly Term[] =>
  terms.filter(({ word, isExact }) => !isExact && isPlain(word));

/**
 * Ranks the best hits again, by the similarity of each query term to the nearest word of the text: the single vector of a long text
 * hides a short query. Later hits keep their places.
 */
export const rerankedByWords = (
  ranked: readonly Ranked[],
  terms: readonly Term[],
  similarity: WordSimilarity,
): readonly Ranked[] => {
  const plain = plainTermsOf(terms);
  if (plain.length === 0) return ranked;
  const weights = rarityOf(plain, ranked);
  const cached = memoized(similarity);
  const reranked = ranked.slice(0, RERANKED_MAX).map((one) => {
    const words = plainWordsOf(one.payload.text);
    const near = nearness(plain, words, { weights, similarity: cached });
    return { ...one, near, score: one.score + WEIGHT * near };
  });
  return [
    ...reranked.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)),
    ...ranked.slice(RERANKED_MAX),
  ];
};

/**
 * How much of the query the documents of a candidate cover, 0 to 1: each term counts 1 where it stands in them, else as much as the nearest
 * word is similar to it, and the less the rarer it is in general: everyday words have many others for them, names have none. Terms that are
 * rare among the candidates count more. Exact terms stand in them or not.
 */
export const coverageOf = (
  candidate: Candidate,
  candidates: readonly Candidate[],
  {
    terms,
    words: { similarity, commonness },
  }: { readonly terms: readonly Term[]; readonly words: WordVectors },
): number => {
  const texts = searchablesOf(candidates);
  const spelt = withSpellings(terms, texts);
  const weights = rarity(spelt, texts);
  const [own = { words: new Set<string>(), text: '' }] = searchablesOf([candidate]);
  const nearby = plainWordsOf(
    documentsIn(candidate)
      .map(({ payload }) => payload.text)
      .join('\n'),
  );
  let [covered, all] = [0, 0];
  for (const term of spelt) {
    const weight = weights.get(term.word) ?? 0;
    all += weight;
    if (containsTerm(own, term)) covered += weight;
    else if (!term.isExact)
      covered += weight * commonnessOf(term, commonness) * nearestWord(term.word, nearby, similarity);
  }
  return all === 0 ? 1 : covered / all;
};

/** Of the more common of a word and its stem. */
const commonnessOf = ({ word }: Term, commonness: WordVectors['commonness']): number =>
  Math.max(commonness(word), commonness(stemOf(word)));

/** Whether most terms are rare or unknown words: the query is in a language that the model was not made for, or full of errors. */
export const isForeign = (terms: readonly Term[], { commonness }: WordVectors): boolean => {
  const unknown = terms.filter((term) => !term.isExact && commonnessOf(term, commonness) === 0);
  return unknown.length > terms.length / 2;
};

const nearestWord = (word: string, words: readonly string[], similarity: WordSimilarity): number =>
  words.reduce((max, one) => Math.max(max, similarity(word, one) ?? 0), 0);

/** Caches similarities, because texts share most of their words. */
const memoized = (similarity: WordSimilarity): WordSimilarity => {
  const seen = new Map<string, Map<string, number | undefined>>();
  return (a, b) => {
    const ofA = seen.get(a) ?? new Map<string, number | undefined>();
    seen.set(a, ofA);
    if (!ofA.has(b)) ofA.set(b, a === b ? 1 : similarity(a, b));
    return ofA.get(b);
  };
};

interface Measure {
  readonly weights: ReadonlyMap<string, number>;
  readonly similarity: WordSimilarity;
}

/** The mean similarity of the terms, weighted by their rarity: 0 to 1. */
const nearness = (
  terms: readonly Term[],
  words: readonly string[],
  { weights, similarity }: Measure,
): number => {
  let [near, all] = [0, 0];
  for (const { word } of terms) {
    const weight = weights.get(word) ?? 0;
    const best = nearestWord(word, words, similarity);
    near += weight * (Math.max(0, best - UNRELATED) / (1 - UNRELATED));
    all += weight;
  }
  return all === 0 ? 0 : near / all;
};
