import type { DuplicateView, Duplicates } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Step } from './step.ts';

/** A task of the history, and its similarity to the subject: cosine, 0 to 1. */
export interface KnownTask extends Step {
  readonly similarity: number;
}

/** The cosine from which two tasks count as similar; measured in docs/semantic.md. */
export const SIMILAR_MIN = 0.85;
/** A task that was completed longer ago is no duplicate. Milliseconds. */
export const RECENT_MS = 3_600_000;
const LISTED_MAX = 5;

export interface DuplicateSubject {
  /** The subject's id, when it is in the history. */
  readonly task?: string;
  readonly exactSpec: string;
  readonly spec: string;
}

/** Active tasks, and completed ones of the last hour, that are equal or similar to the subject; `undefined` without any. */
export const duplicatesOf = (
  subject: DuplicateSubject,
  known: readonly KnownTask[],
  now: EpochMs,
): Duplicates | undefined => {
  const fresh = known.filter((one) => one.task !== subject.task && isFresh(one, now));
  const equal = fresh.filter(({ exactSpec }) => exactSpec === subject.exactSpec);
  const similar = fresh.filter(
    (one) =>
      one.exactSpec !== subject.exactSpec && (one.spec === subject.spec || one.similarity >= SIMILAR_MIN),
  );
  if (equal.length + similar.length === 0) return undefined;
  return {
    equal: listed(equal).map(duplicateOf),
    similar: listed(similar).map((one) => ({
      ...duplicateOf(one),
      similarity: one.similarity,
      isSameKind: one.spec === subject.spec,
    })),
  };
};

const isFresh = ({ outcome, endedAt }: KnownTask, now: EpochMs): boolean =>
  outcome === undefined || (outcome === 'completed' && now - (endedAt ?? 0) <= RECENT_MS);

/** Active ones first, then the nearest, then the latest. */
const listed = (known: readonly KnownTask[]): readonly KnownTask[] =>
  known
    .toSorted((a, b) => rank(a) - rank(b) || b.similarity - a.similarity || b.at - a.at)
    .slice(0, LISTED_MAX);

const rank = ({ outcome }: KnownTask): number => (outcome === undefined ? 0 : 1);

const duplicateOf = ({ task, name, outcome, at, endedAt }: KnownTask): DuplicateView => ({
  task,
  name,
  state: outcome === undefined ? 'active' : 'completed',
  at: endedAt ?? at,
});
