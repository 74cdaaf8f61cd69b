/** A task that is there, as far as duplicates go. */
export interface Known {
  readonly id: string;
  readonly task: string;
  readonly exactSpec: string;
  readonly spec: string;
  readonly isActive: boolean;
  /** Cosine to the new one, 0 to 1. */
  readonly similarity: number;
}

export interface Duplicates {
  /** Ask for exactly the same: may be answered with the one that is there, if the caller wishes. */
  readonly equal: readonly string[];
  /** Do the same with other values, or read alike: only pointed out. */
  readonly similar: readonly {
    readonly task: string;
    readonly similarity: number;
    readonly isSameKind: boolean;
  }[];
}

const SIMILAR_MIN = 0.92;
const LISTED = 5;

/** Active tasks that are the same as a new one, and those like it. Settled ones are history, not duplicates. */
export const duplicatesOf = (
  wanted: { readonly exactSpec: string; readonly spec: string },
  known: readonly Known[],
): Duplicates => {
  const active = known.filter(({ isActive }) => isActive);
  const equal = active.filter(({ exactSpec }) => exactSpec === wanted.exactSpec);
  const similar = active
    .filter(
      (one) =>
        one.exactSpec !== wanted.exactSpec && (one.spec === wanted.spec || one.similarity >= SIMILAR_MIN),
    )
    .toSorted((a, b) => b.similarity - a.similarity || (a.task < b.task ? -1 : 1))
    .slice(0, LISTED)
    .map((one) => ({ task: one.task, similarity: one.similarity, isSameKind: one.spec === wanted.spec }));
  return { equal: equal.map(({ task }) => task), similar };
};
