import type { DuplicateView, Duplicates } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Step } from './step.ts';

/** A task that is there, and how near it is to the new one: cosine, 0 to 1. */
export interface KnownTask extends Step {
  readonly similarity: number;
}

/** How near two tasks read that are the same in all but words; measured in docs/semantic.md. */
export const SIMILAR_MIN = 0.85;
/** What was completed longer ago is not done over but done again. Milliseconds. */
export const RECENT_MS = 3_600_000;
const LISTED = 5;

export interface Wanted {
  /** Its own id, where it is there already. */
  readonly task?: string;
  readonly exactSpec: string;
  readonly spec: string;
}

/** Tasks that are the same as a new one, and those like it: active ones, and completed ones of the last hour. Absent: none. */
export const duplicatesOf = (
  wanted: Wanted,
  known: readonly KnownTask[],
  now: EpochMs,
): Duplicates | undefined => {
  const fresh = known.filter((one) => one.task !== wanted.task && isFresh(one, now));
  const equal = fresh.filter(({ exactSpec }) => exactSpec === wanted.exactSpec);
  const similar = fresh.filter(
    (one) =>
      one.exactSpec !== wanted.exactSpec && (one.spec === wanted.spec || one.similarity >= SIMILAR_MIN),
  );
  if (equal.length + similar.length === 0) return undefined;
  return {
    equal: listed(equal).map(duplicateOf),
    similar: listed(similar).map((one) => ({
      ...duplicateOf(one),
      similarity: one.similarity,
      isSameKind: one.spec === wanted.spec,
    })),
  };
};

const isFresh = ({ outcome, endedAt }: KnownTask, now: EpochMs): boolean =>
  outcome === undefined || (outcome === 'completed' && now - (endedAt ?? 0) <= RECENT_MS);

/** Active ones first, then the nearest, then the latest. */
const listed = (known: readonly KnownTask[]): readonly KnownTask[] =>
  known.toSorted((a, b) => rank(a) - rank(b) || b.similarity - a.similarity || b.at - a.at).slice(0, LISTED);

const rank = ({ outcome }: KnownTask): number => (outcome === undefined ? 0 : 1);

const duplicateOf = ({ task, name, outcome, at, endedAt }: KnownTask): DuplicateView => ({
  task,
  name,
  state: outcome === undefined ? 'active' : 'completed',
  at: endedAt ?? at,
});
