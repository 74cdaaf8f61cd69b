import type { PointPayload } from '@precedent/ports';
import type { Highlight } from './present.ts';
import { highlightsOf } from './present.ts';
import type { Term } from './terms.ts';

/** A line of the output of a failure, with the terms of the query in it. */
export interface MatchingLine {
  readonly text: string;
  readonly highlights: readonly Highlight[];
}

const LINES_MAX = 3;

/** Lines of a failure's output that hold most of the query's terms, in the order of the output. */
export const matchingLines = (payload: PointPayload, terms: readonly Term[]): readonly MatchingLine[] => {
  const { lines } = payload;
  if (!Array.isArray(lines)) return [];
  const all = (lines as readonly string[]).map((text, at) => ({
    at,
    text,
    highlights: highlightsOf(text, terms),
  }));
  const best = all
    .filter(({ highlights }) => highlights.length > 0)
    .toSorted((a, b) => distinctIn(b) - distinctIn(a) || a.at - b.at)
    .slice(0, LINES_MAX);
  return best.toSorted((a, b) => a.at - b.at).map(({ text, highlights }) => ({ text, highlights }));
};

const distinctIn = ({ text, highlights }: MatchingLine): number =>
  new Set(highlights.map(({ start, end }) => text.slice(start, end).toLowerCase())).size;
