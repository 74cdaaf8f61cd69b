import type { SeenReply } from '@precedent/contract-types';
import type { PointHit } from '@precedent/ports';
import { causeWords, isSpecificWord } from '../fingerprint/cause-words.ts';
import { weighedLines } from '../output/telling-lines.ts';

/** The lines whose words are compared: the most telling ones. */
const LINES_MAX = 3;
/** The least overlap of two failures that are similar; measured in docs/semantic.md. */
const OVERLAP_MIN = 0.35;
const SIMILAR_MAX = 10;

/**
 * Failures whose most telling lines have specific words in common with those of a failure, the most similar first. `hits` are the
 * nearest ones by meaning, which decides nothing here: one tool words different causes alike.
 */
export const similarFailures = (
  lines: readonly string[],
  hits: readonly PointHit[],
): SeenReply['similar'] => {
  const words = specificWords(lines);
  return hits
    .map((hit) => ({ hit, similarity: overlapOf(words, specificWords(linesOf(hit))) }))
    .filter(({ similarity }) => similarity >= OVERLAP_MIN)
    .toSorted((a, b) => b.similarity - a.similarity || b.hit.payload.at - a.hit.payload.at)
    .slice(0, SIMILAR_MAX)
    .map(({ hit: { id, payload }, similarity }) => ({
      id,
      task: String(payload['task']),
      text: payload.text,
      similarity,
      at: payload.at,
      ...(typeof payload['fingerprint'] === 'string' && { fingerprint: payload['fingerprint'] }),
    }));
};

/** The telling lines of a failure, as they were printed; those of an older document are its text. */
export const linesOf = ({ payload }: Pick<PointHit, 'payload'>): readonly string[] => {
  const { lines, text } = payload;
  return Array.isArray(lines) ? lines.map(String) : [text];
};

/** Compounds and their parts: `db.internal`, `db`, `internal`. */
const specificWords = (lines: readonly string[]): ReadonlySet<string> => {
  const telling = weighedLines(lines.join('\n')).toSorted((a, b) => b.weight - a.weight);
  const words = telling.slice(0, LINES_MAX).flatMap(({ message }) => causeWords(message));
  const parts = words.flatMap((word) => word.split(/[._-]/)).filter((part) => part.length > 1);
  return new Set([...words, ...parts].filter(isSpecificWord));
};

/** The cosine of two sets: 1 for equal ones, 0 for those with nothing in common. */
const overlapOf = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
  [...a].filter((word) => b.has(word)).length / Math.max(1, Math.sqrt(a.size * b.size));
