import type { DurationPrediction, FailureOdds, PredictReply } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Precedent } from './precedent.ts';
import { supportOf } from './precedent.ts';
import { effectiveCount, quantile, recencyWeight, wilson } from './statistics.ts';

/** The subject of a prediction, and its time. */
export interface Prospect {
  readonly type: string;
  readonly spec?: string;
  readonly now: EpochMs;
  /** The age at which a neighbour has half the weight. Milliseconds; default 14 days. */
  readonly halfLifeMs?: number;
}

/** The fewest cases for a prediction. */
export const DURATIONS_MIN = 8;
export const ODDS_MIN = 8;
const HALF_LIFE_MS = 14 * 86_400_000;

/**
 * The duration of a run that completes; `undefined` with fewer than 8 completed runs of the same type. With enough runs of the same spec,
 * runs of other specs are ignored.
 */
export const predictDuration = (
  neighbours: readonly Precedent[],
  prospect: Prospect,
): DurationPrediction | undefined => {
  const timed = neighbours.filter(
    (one) => one.type === prospect.type && one.outcome === 'completed' && (one.durationMs ?? 0) > 0,
  );
  const { cases, basis } = basisOf(timed, prospect);
  const values = cases.map((one) => ({
    value: Math.log(one.durationMs ?? 1),
    weight: weightOf(one, prospect),
  }));
  if (cases.length < DURATIONS_MIN || effectiveCount(values.map(({ weight }) => weight)) < DURATIONS_MIN / 2)
    return undefined;
  // Quantiles of logarithms, because durations vary by factors.
  const [p10 = 0, p50 = 0, p90 = 0] = [0.1, 0.5, 0.9].map((q) => Math.round(Math.exp(quantile(values, q))));
  return { p10, p50, p90, basis, ...supportOf(cases) };
};

const basisOf = (
  cases: readonly Precedent[],
  { spec }: Prospect,
): { cases: readonly Precedent[]; basis: 'spec' | 'type' } => {
  const same = cases.filter((one) => spec !== undefined && one.spec === spec);
  return same.length >= DURATIONS_MIN ? { cases: same, basis: 'spec' } : { cases, basis: 'type' };
};

/** The weight of a case: 0.5 at the half-life, times the squared similarity for another spec. */
const weightOf = (one: Precedent, { spec, now, halfLifeMs = HALF_LIFE_MS }: Prospect): number => {
  const similarity = spec !== undefined && one.spec === spec ? 1 : Math.max(0.05, one.similarity) ** 2;
  return similarity * recencyWeight(now - one.at, halfLifeMs);
};

/** The mean weight of the verdicts that a case stands for, which are taken as evenly spread over their time. */
const verdictWeightOf = (one: Precedent, prospect: Prospect): number => {
  const weight = weightOf(one, prospect);
  const halfLives = (one.at - (one.since ?? one.at)) / (prospect.halfLifeMs ?? HALF_LIFE_MS);
  return halfLives <= 0 ? weight : (weight * (1 - 2 ** -halfLives)) / (halfLives * Math.LN2);
};

const FAILED: ReadonlySet<string> = new Set(['failed', 'timed_out']);
const COUNTED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'completed']);

/**
 * The probability that the task fails, from the last attempts of similar tasks, with a 95 % interval; `undefined` with fewer than 8.
 * Cancelled and preempted attempts do not count. It is for warnings, and blocks no submission.
 */
export const failureOdds = (
  neighbours: readonly Precedent[],
  prospect: Prospect,
): FailureOdds | undefined => {
  const verdicts = verdictsOf(neighbours, prospect.type);
  const { cases, basis } = basisOf(verdicts, prospect);
  if (cases.length < ODDS_MIN) return undefined;
  const weighted = cases.map((one) => ({ weight: verdictWeightOf(one, prospect), ...one }));
  const sumOf = (value: (one: (typeof weighted)[number]) => number): number =>
    weighted.reduce((sum, one) => sum + value(one) * (one.count ?? 1), 0);
  const total = sumOf(({ weight }) => weight);
  const odds = sumOf(({ weight, outcome }) => (FAILED.has(outcome) ? weight : 0)) / total;
  // The effective number of verdicts (Kish).
  const n = (total * total) / sumOf(({ weight }) => weight * weight);
  return { odds, ...wilson(odds * n, n), basis, ...supportOf(cases) };
};

const verdictsOf = (attempts: readonly Precedent[], type: string): readonly Precedent[] =>
  lastAttempts(attempts).filter((one) => one.type === type && COUNTED.has(one.outcome));

/** The tasks of the type that have a verdict, and those that were completed; one that stands for others counts once. */
export const runCountsOf = (
  attempts: readonly Precedent[],
  type: string,
): Pick<PredictReply, 'looked' | 'completed'> => {
  const verdicts = verdictsOf(attempts, type);
  return {
    looked: verdicts.length,
    completed: verdicts.filter(({ outcome }) => outcome === 'completed').length,
  };
};

/** The last attempt of each task, whose outcome is the verdict. */
export const lastAttempts = (neighbours: readonly Precedent[]): readonly Precedent[] => {
  const byTask = new Map<string, Precedent>();
  for (const one of neighbours) {
    const known = byTask.get(one.task);
    if (known === undefined || known.attempt < one.attempt) byTask.set(one.task, one);
  }
  return [...byTask.values()];
};
