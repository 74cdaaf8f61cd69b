/** Where the answer to one query came. */
export interface Outcome {
  readonly query: string;
  readonly kind: string;
  readonly text: string;
  /** Of the first right hit, from 1; `undefined` when there is none. */
  readonly rank?: number;
  readonly isLater?: boolean;
  readonly confidence: string;
  readonly confidenceValue: number;
  readonly first: string;
}

/** Of queries that have an answer. A query with several right documents is found when one of them is. */
export interface Scores {
  readonly queries: number;
  readonly recall_at_1: number;
  readonly recall_at_5: number;
  readonly mrr: number;
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

/** 0 to 1, of four digits; 0 of nothing. */
export const shareOf = <T>(all: readonly T[], isHit: (one: T) => boolean): number =>
  all.length === 0 ? 0 : round(all.filter(isHit).length / all.length);

export const scoresOf = (outcomes: readonly Pick<Outcome, 'rank'>[]): Scores => ({
  queries: outcomes.length,
  recall_at_1: shareOf(outcomes, ({ rank }) => rank === 1),
  recall_at_5: shareOf(outcomes, ({ rank }) => (rank ?? Number.POSITIVE_INFINITY) <= 5),
  mrr:
    outcomes.length === 0
      ? 0
      : round(
          outcomes.reduce((sum, { rank }) => sum + (rank === undefined ? 0 : 1 / rank), 0) / outcomes.length,
        ),
});

export interface SearchReport extends Scores {
  readonly exact_recall_at_1: number;
  readonly by_kind: Readonly<Record<string, Scores>>;
  /** The half that the ranking was chosen on, the other one, and the queries that were written after it was chosen. */
  readonly halves: { readonly chosen_on: Scores; readonly held_out: Scores; readonly later: Scores };
  /** Share of the queries without an answer that were answered with low confidence. */
  readonly negative_low: number;
  /** Share of the others that were not. */
  readonly answered_not_low: number;
}

/** All figures. Queries without an answer do not count towards recall. */
export const reportOf = (outcomes: readonly Outcome[]): SearchReport => {
  const negative = outcomes.filter(({ kind }) => kind === 'negative');
  const answered = outcomes.filter(({ kind }) => kind !== 'negative');
  const early = answered.filter(({ isLater }) => isLater !== true);
  const kinds = Map.groupBy(answered, ({ kind }) => kind);
  return {
    ...scoresOf(answered),
    exact_recall_at_1: scoresOf(kinds.get('exact') ?? []).recall_at_1,
    by_kind: Object.fromEntries([...kinds].map(([kind, some]) => [kind, scoresOf(some)])),
    halves: {
      chosen_on: scoresOf(early.filter((_, at) => at % 2 === 0)),
      held_out: scoresOf(early.filter((_, at) => at % 2 === 1)),
      later: scoresOf(answered.filter(({ isLater }) => isLater === true)),
    },
    negative_low: shareOf(negative, ({ confidence }) => confidence === 'low'),
    answered_not_low: shareOf(answered, ({ confidence }) => confidence !== 'low'),
  };
};

/** What the set of this repository must reach. */
export const FLOORS = { recall_at_5: 0.98, mrr: 0.88, exact_recall_at_1: 1 } as const;
export type Floor = keyof typeof FLOORS;

/** The floors that a report does not reach. */
export const belowFloors = (report: Pick<SearchReport, Floor>): readonly Floor[] =>
  (Object.keys(FLOORS) as Floor[]).filter((floor) => report[floor] < FLOORS[floor]);
