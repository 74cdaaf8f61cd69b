import { isSpaceless } from '../text/scripts.ts';
import { formsOf, partsOf, stemOf, tokensOf } from '../text/words.ts';
import { documentsIn } from './candidate.ts';
import { rawTextsOf } from './rank.ts';
import type { Candidate } from './candidate.ts';
import type { Term } from './terms.ts';
import { termsOf } from './terms.ts';

const K1 = 1.2;
const B = 0.75;

export interface RankedByWords extends Candidate {
  readonly score: number;
}

interface BagOfWords {
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Ranks candidates by BM25, for searches without a model. Candidates without any term of the query are left out. */
export const rankByWords = (candidates: readonly Candidate[], query: string): readonly RankedByWords[] => {
  const terms = termsOf(query);
  const bags = candidates.map(bagOf);
  const mean = bags.reduce((sum, { length }) => sum + length, 0) / Math.max(1, bags.length);
  const rarity = new Map(terms.map((term) => [term, idfOf(term, bags)]));
  const scored = candidates.map((candidate, at) => ({
    ...candidate,
    score: scoreOf(rarity, bags[at], mean),
  }));
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
};

const bagOf = (candidate: Candidate): BagOfWords => {
  const texts = documentsIn(candidate).flatMap(({ payload }) => rawTextsOf(payload));
  const tokens = tokensOf([...new Set(texts)].join('\n'));
  const counts = new Map<string, number>();
  for (const token of tokens) {
    for (const form of new Set(formsOf(token))) counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  return { counts, length: tokens.length };
};

const idfOf = (term: Term, bags: readonly BagOfWords[]): number => {
  const n = bags.filter((bag) => countOf(bag, term) > 0).length;
  return Math.log(1 + (bags.length - n + 0.5) / (n + 0.5));
};

const scoreOf = (rarity: ReadonlyMap<Term, number>, bag: BagOfWords | undefined, mean: number): number => {
  if (bag === undefined) return 0;
  return [...rarity].reduce((sum, [term, idf]) => {
    const count = countOf(bag, term);
    return sum + (idf * count * (K1 + 1)) / (count + K1 * (1 - B + (B * bag.length) / mean));
  }, 0);
};

const countOf = ({ counts }: BagOfWords, { word, isExact }: Term): number => {
  const parts = word.split(/\s+/).flatMap((one) => (isSpaceless(one) ? partsOf(one) : [one]));
  if (parts.length > 1) return Math.min(...parts.map((one) => counts.get(one) ?? 0));
  return counts.get(word) ?? (isExact ? 0 : (counts.get(stemOf(word)) ?? 0));
};
