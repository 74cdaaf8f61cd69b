import type { EpochMs } from '@precedent/kernel';
import type { PointFilter, PointPayload } from '@precedent/ports';
import type { Term } from './terms.ts';
import { folded, foldedPlaces, isSpaceless } from '../text/scripts.ts';
import { formsOf, lastSegment, stemOf, tokensOf } from '../text/words.ts';

/** Where a term of the query stands in a text: `start` inclusive, `end` exclusive, in UTF-16 units. */
export interface Highlight {
  readonly start: number;
  readonly end: number;
}

/** The places of the query's terms in a text, in order, none overlapping another. */
export const highlightsOf = (text: string, terms: readonly Term[]): readonly Highlight[] => {
  const asTheyStand = terms.filter(({ word }) => /\s/.test(word) || isSpaceless(word));
  const phrases = placesOf(
    text,
    asTheyStand.map(({ word }) => word),
  );
  const words = new Set(
    terms
      .filter((term) => !asTheyStand.includes(term))
      .flatMap(({ word, isExact }) => (isExact ? [word, lastSegment(word)] : [word, stemOf(word)])),
  );
  const tokens = tokensOf(text).filter((token) => formsOf(token).some((form) => words.has(form)));
  return withoutOverlaps([...phrases, ...tokens.map(({ start, end }) => ({ start, end }))]);
};

/** Where phrases stand in a text, whatever the form of its letters. */
const placesOf = (text: string, phrases: readonly string[]): readonly Highlight[] => {
  if (phrases.length === 0) return [];
  const plain = folded(text);
  const { text: searched, places } =
    plain.length === text.length ? { text: plain, places: undefined } : foldedPlaces(text);
  const original = (at: number): number => (places === undefined ? at : (places[at] ?? text.length));
  return phrases.flatMap((phrase) =>
    foundIn(searched, phrase).map((at) => ({ start: original(at), end: original(at + phrase.length) })),
  );
};

const foundIn = (text: string, phrase: string): readonly number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) found.push(at);
  return found;
};

/** What overlaps is one place. */
const withoutOverlaps = (places: readonly Highlight[]): readonly Highlight[] => {
  const kept: Highlight[] = [];
  for (const place of places.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || place.start >= last.end) kept.push(place);
    else kept[kept.length - 1] = { start: last.start, end: Math.max(last.end, place.end) };
  }
  return kept;
};

/** One line of an answer: the best of those that tell the same. */
export interface Group<T> {
  readonly best: T;
  /** How many were found: those of the best one's kind, itself included. An attempt and its failure are one event. */
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
  const fingerprint = failureOf(payload);
  return fingerprint === undefined
    ? `${String(payload['kind'] ?? '')} ${payload.text}`
    : `failure ${fingerprint}`;
};

/** The fingerprint of the failure that a point tells of; `undefined` where it tells of none. */
const failureOf = ({ kind, fingerprint }: PointPayload): string | undefined =>
  OF_A_FAILURE.has(String(kind ?? '')) && typeof fingerprint === 'string' ? fingerprint : undefined;

/** What all occurrences of a group's best have in common, as an index can count them; `undefined` where nothing tells. */
export const occurrencesOf = (payload: PointPayload): PointFilter['fields'] => {
  const fingerprint = failureOf(payload);
  return fingerprint === undefined ? undefined : { kind: String(payload['kind']), fingerprint };
};
