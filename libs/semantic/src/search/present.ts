import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import type { Term } from './terms.ts';
import { lastSegment, partsOf, stemOf, tokensOf } from '../text/words.ts';

/** Where a term of the query stands in a text: `start` inclusive, `end` exclusive, in UTF-16 units. */
export interface Highlight {
  readonly start: number;
  readonly end: number;
}

/** The places of the query's terms in a text, in order, none overlapping another. */
export const highlightsOf = (text: string, terms: readonly Term[]): readonly Highlight[] => {
  const phrases = terms
    .filter(({ word }) => /\s/.test(word))
    .flatMap(({ word }) => placesOf(text.toLowerCase(), word));
  const words = new Set(
    terms.flatMap(({ word, isExact }) => (isExact ? [word, lastSegment(word)] : [word, stemOf(word)])),
  );
  const tokens = tokensOf(text).filter(({ word, raw }) => formsOf(word, raw).some((form) => words.has(form)));
  return withoutOverlaps([...phrases, ...tokens.map(({ start, end }) => ({ start, end }))]);
};

const formsOf = (word: string, raw: string): readonly string[] => [
  word,
  ...partsOf(raw).flatMap((part) => [part, stemOf(part)]),
];

const placesOf = (text: string, phrase: string): readonly Highlight[] => {
  const places: Highlight[] = [];
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) {
    places.push({ start: at, end: at + phrase.length });
  }
  return places;
};

const withoutOverlaps = (places: readonly Highlight[]): readonly Highlight[] => {
  const kept: Highlight[] = [];
  for (const place of places.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (place.start >= (kept.at(-1)?.end ?? 0)) kept.push(place);
  }
  return kept;
};

/** One line of an answer: the best of those that tell the same. */
export interface Group<T> {
  readonly best: T;
  /** How often it happened: those of the best one's kind, itself included. An attempt and its failure are one event. */
  readonly count: number;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  /** Ids of the others, best first, at most 20. */
  readonly others: readonly string[];
}

interface Pointed {
  readonly id: string;
  readonly payload: PointPayload;
}

const OTHERS_MAX = 20;

/**
 * What tells of a failure by its fingerprint, everything else by its text: one noisy failure is one line. Lines keep the order of
 * the best of each; the failure itself stands for what else tells of it.
 */
export const grouped = <T extends Pointed>(ranked: readonly T[]): readonly Group<T>[] => {
  const groups = Map.groupBy(ranked, groupKey);
  return [...groups.values()].flatMap((members) => {
    const best = members.find(({ payload }) => payload['kind'] === 'failure') ?? members[0];
    if (best === undefined) return [];
    const times = members.map(({ payload }) => payload.at);
    const others = members.filter((one) => one !== best);
    return [
      {
        best,
        count: members.filter(({ payload }) => payload['kind'] === best.payload['kind']).length,
        firstAt: Math.min(...times),
        lastAt: Math.max(...times),
        others: others.slice(0, OTHERS_MAX).map(({ id }) => id),
      },
    ];
  });
};

const OF_A_FAILURE: ReadonlySet<string> = new Set(['failure', 'log_window', 'attempt']);

const groupKey = ({ payload }: Pointed): string => {
  const kind = String(payload['kind'] ?? '');
  const fingerprint = payload['fingerprint'];
  if (OF_A_FAILURE.has(kind) && typeof fingerprint === 'string') return `failure ${fingerprint}`;
  return `${kind} ${payload.text}`;
};
