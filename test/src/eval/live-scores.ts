import type { OutputPair } from './labelled-outputs.ts';
import { scoresOf, shareOf } from './scores.ts';
import type { Scores } from './scores.ts';

/** Where the first right doc came in one answer, and how many docs the answer had. */
export interface RankedAnswer {
  readonly query: string;
  readonly kind: string;
  readonly text: string;
  /** From 1; absent when no right doc is among the hits. */
  readonly rank?: number;
  readonly hits: number;
  /** The first hit, as text for people. */
  readonly first: string;
}

export interface RetrievalScores extends Scores {
  readonly exact_recall_at_1: number;
  readonly fix_recall_at_1: number;
  /** Share of the queries without an answer that got no hit. */
  readonly abstain_unanswerable: number;
  /** Share of the others that got none. */
  readonly abstain_answerable: number;
  readonly by_kind: Readonly<Record<string, Scores>>;
}

/** Queries without an answer do not count towards recall. */
export const retrievalScoresOf = (answers: readonly RankedAnswer[]): RetrievalScores => {
  const negative = answers.filter(({ kind }) => kind === 'negative');
  const answered = answers.filter(({ kind }) => kind !== 'negative');
  const kinds = Map.groupBy(answered, ({ kind }) => kind);
  return {
    ...scoresOf(answered),
    exact_recall_at_1: scoresOf(kinds.get('exact') ?? []).recall_at_1,
    fix_recall_at_1: scoresOf(kinds.get('fix') ?? []).recall_at_1,
    abstain_unanswerable: shareOf(negative, ({ hits }) => hits === 0),
    abstain_answerable: shareOf(answered, ({ hits }) => hits === 0),
    by_kind: Object.fromEntries([...kinds].map(([kind, some]) => [kind, scoresOf(some)])),
  };
};

/** A failure, and what the product reports of it. */
export interface ReportedFailure {
  readonly id: string;
  /** The cause, as labelled. */
  readonly group: string;
  /** Absent when the product reports none. */
  readonly fingerprint?: string;
  /** The docs that it reports as similar. */
  readonly similar: readonly string[];
}

export interface CauseScores {
  /** Of the pairs of failures with one fingerprint, the share that has one cause. */
  readonly fingerprint_precision: number;
  /** Of the pairs that one program printed, the share that has one fingerprint. */
  readonly fingerprint_recall: number;
  /** Share of the reworded pairs that are reported as the same or similar. */
  readonly similar_recall: number;
  /** The same of the `near_miss` pairs. */
  readonly near_miss_rate: number;
}

/** Nothing says of a `same` pair which of both it is, so it is both. */
export const isRerun = ({ label }: OutputPair): boolean => label === 'rerun' || label === 'same';
export const isReworded = ({ label }: OutputPair): boolean => label === 'reworded' || label === 'same';
const isNearMiss = ({ label }: OutputPair): boolean => label === 'near_miss';

export const causeScoresOf = (
  failures: readonly ReportedFailure[],
  pairs: readonly OutputPair[],
): CauseScores => {
  const all = failures.flatMap((a, at) => failures.slice(at + 1).map((b) => [a, b] as const));
  const oneFingerprint = all.filter(([a, b]) => hasSameFingerprint(a, b));
  const byId = new Map(failures.map((one) => [one.id, one]));
  const shareOfPairs = (are: (pair: OutputPair) => boolean, hold: typeof isReported): number =>
    shareOf(pairs.filter(are), ({ a, b }) => hold(byId.get(a), byId.get(b)));
  return {
    fingerprint_precision: shareOf(oneFingerprint, ([a, b]) => a.group === b.group),
    fingerprint_recall: shareOfPairs(isRerun, hasSameFingerprint),
    similar_recall: shareOfPairs(isReworded, isReported),
    near_miss_rate: shareOfPairs(isNearMiss, isReported),
  };
};

const hasSameFingerprint = (a: ReportedFailure | undefined, b: ReportedFailure | undefined): boolean =>
  a?.fingerprint !== undefined && a.fingerprint === b?.fingerprint;

/** In the answer about either: as the same failure, or among the similar ones. */
const isReported = (a: ReportedFailure | undefined, b: ReportedFailure | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  (hasSameFingerprint(a, b) || a.similar.includes(b.id) || b.similar.includes(a.id));

/** For a set without pairs: all of one cause, and to each failure the nearest of another cause. Failures are named by their place. */
export const derivedPairs = (
  failures: readonly Pick<ReportedFailure, 'id' | 'group'>[],
  cosine: (a: number, b: number) => number,
): readonly OutputPair[] => [
  ...failures.flatMap((a, at) =>
    failures
      .slice(at + 1)
      .filter(({ group }) => group === a.group)
      .map(({ id }): OutputPair => ({ a: a.id, b: id, label: 'same' })),
  ),
  ...failures.flatMap((a, at): OutputPair[] => {
    const others = failures.flatMap(({ id, group }, other) =>
      group === a.group ? [] : [{ id, nearness: cosine(at, other) }],
    );
    const nearest = others.toSorted((x, y) => y.nearness - x.nearness)[0];
    return nearest ? [{ a: a.id, b: nearest.id, label: 'near_miss' }] : [];
  }),
];
