/** Why a running task is no candidate. The rule's letter of each is in `filter.ts`. */
export const REJECTIONS = [
  'placement',
  'band',
  'never',
  'atomic',
  'exempt',
  'max_count',
  'budget',
  'natural',
  'tenant',
  'leaving',
  'spared',
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** What became of all running tasks in one decision: chosen, not needed, or rejected for a reason. They add up to `total`. */
export interface CandidateCounts {
  readonly total: number;
  readonly chosen: number;
  readonly notNeeded: number;
  readonly rejected: Readonly<Partial<Record<Rejection, number>>>;
}

/** Counts by reason while they are being made: one number per entry of `REJECTIONS`. */
export type RejectionTally = number[];

export const newTally = (): RejectionTally => REJECTIONS.map(() => 0);

const PLACES = Object.fromEntries(REJECTIONS.map((reason, at) => [reason, at])) as Record<Rejection, number>;

/** Counts `times` more, or fewer, that are rejected for this reason. */
export const reject = (tally: RejectionTally, reason: Rejection, times = 1): void => {
  const at = PLACES[reason];
  tally[at] = (tally[at] ?? 0) + times;
};

export const addTally = (tally: RejectionTally, other: RejectionTally): void => {
  for (let at = 0; at < tally.length; at++) tally[at] = (tally[at] ?? 0) + (other[at] ?? 0);
};

export const rejectedOf = (tally: RejectionTally): CandidateCounts['rejected'] => {
  const rejected: Partial<Record<Rejection, number>> = {};
  for (const [at, reason] of REJECTIONS.entries()) {
    const count = tally[at] ?? 0;
    if (count !== 0) rejected[reason] = count;
  }
  return rejected;
};

/** The sum of two counts. */
export const joined = (a: CandidateCounts, b: CandidateCounts): CandidateCounts =>
  combined(a, b, (left, right) => left + right);

/** What is in `all` and not in `some`; `undefined` when `some` is not a part of it. */
export const remainderOf = (all: CandidateCounts, some: CandidateCounts): CandidateCounts | undefined => {
  const rest = combined(all, some, (left, right) => left - right);
  const numbers = [rest.total, rest.chosen, rest.notNeeded, ...Object.values(rest.rejected)];
  return numbers.every((count) => count >= 0) ? rest : undefined;
};

const combined = (
  a: CandidateCounts,
  b: CandidateCounts,
  of: (left: number, right: number) => number,
): CandidateCounts => {
  const rejected: Partial<Record<Rejection, number>> = {};
  for (const reason of REJECTIONS) {
    const count = of(a.rejected[reason] ?? 0, b.rejected[reason] ?? 0);
    if (count !== 0) rejected[reason] = count;
  }
  return {
    total: of(a.total, b.total),
    chosen: of(a.chosen, b.chosen),
    notNeeded: of(a.notNeeded, b.notNeeded),
    rejected,
  };
};

export const NO_CANDIDATES: CandidateCounts = Object.freeze({
  total: 0,
  chosen: 0,
  notNeeded: 0,
  rejected: {},
});
