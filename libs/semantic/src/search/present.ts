import type { PointFilter, PointPayload } from '@precedent/ports';
import { fingerprintIn } from './fold.ts';
import type { Term } from './terms.ts';
import { folded, foldedPlaces, isSpaceless } from '../text/scripts.ts';
import { formsOf, lastSegment, stemOf, tokensOf } from '../text/words.ts';

/** The position of a query term in a text: `start` inclusive, `end` exclusive, in UTF-16 units. */
export interface Highlight {
  readonly start: number;
  readonly end: number;
}

/** The positions of the query's terms in a text, in order, without overlaps. */
export const highlightsOf = (text: string, terms: readonly Term[]): readonly Highlight[] => {
  const literal = terms.filter(({ word }) => /\s/.test(word) || isSpaceless(word));
  const phrases = phrasePositions(
    text,
    literal.map(({ word }) => word),
  );
  const words = new Set(
    terms
      .filter((term) => !literal.includes(term))
      .flatMap(({ word, isExact }) => (isExact ? [word, lastSegment(word)] : [word, stemOf(word)])),
  );
  const tokens = tokensOf(text).filter((token) => formsOf(token).some((form) => words.has(form)));
  return merged([...phrases, ...tokens.map(({ start, end }) => ({ start, end }))]);
};

/** The positions of phrases in a text, compared in folded form. */
const phrasePositions = (text: string, phrases: readonly string[]): readonly Highlight[] => {
  if (phrases.length === 0) return [];
  const plain = folded(text);
  const { text: searched, places } =
    plain.length === text.length ? { text: plain, places: undefined } : foldedPlaces(text);
  const original = (at: number): number => (places === undefined ? at : (places[at] ?? text.length));
  return phrases.flatMap((phrase) =>
    occurrencesIn(searched, phrase).map((at) => ({ start: original(at), end: original(at + phrase.length) })),
  );
};

const occurrencesIn = (text: string, phrase: string): readonly number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) found.push(at);
  return found;
};

/** Merges overlapping positions. */
const merged = (positions: readonly Highlight[]): readonly Highlight[] => {
  const distinct: Highlight[] = [];
  for (const position of positions.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = distinct.at(-1);
    if (last === undefined || position.start >= last.end) distinct.push(position);
    else distinct[distinct.length - 1] = { start: last.start, end: Math.max(last.end, position.end) };
  }
  return distinct;
};

/** The fields by which an index can count all occurrences of a failure; `undefined` for other points. */
export const occurrencesOf = (payload: PointPayload): PointFilter['fields'] => {
  const fingerprint = fingerprintIn(payload);
  return fingerprint === undefined ? undefined : { kind: String(payload['kind']), fingerprint };
};
