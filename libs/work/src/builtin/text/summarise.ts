import { excerptOf } from '@precedent/kernel';
import { textCounter } from '../../text/text-statistics.ts';

export interface Summary {
  /** How it was made: it takes from the text, and writes nothing of its own. */
  readonly method: 'leading-sentences';
  readonly sentences: readonly string[];
  readonly keywords: readonly { readonly term: string; readonly count: number }[];
}

const SENTENCE_CHARS = 1_000;

/** The first sentences as they stand, and the most frequent terms. */
export const summarise = (
  text: string,
  { sentences, keywords }: { readonly sentences: number; readonly keywords: number },
): Summary => {
  const counter = textCounter(keywords);
  counter.add(text);
  return {
    method: 'leading-sentences',
    sentences: leading(text, sentences),
    keywords: keywords === 0 ? [] : counter.counts().topTerms,
  };
};

const leading = (text: string, count: number): string[] => {
  const found: string[] = [];
  if (count === 0) return found;
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)) {
    const sentence = segment.trim();
    if (sentence !== '') found.push(excerptOf(sentence, SENTENCE_CHARS));
    if (found.length === count) break;
  }
  return found;
};
