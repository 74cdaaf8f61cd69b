import type { Interruptions, SuggestedLimit, SuggestedRetry } from '@precedent/contract-types';
import type { Precedent } from './precedent.ts';
import { supportOf } from './precedent.ts';
import { median, quantile, wilson } from './statistics.ts';

/** The fewest cases for a suggestion. */
export const SUGGESTION_MIN = 5;

const FAILED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

/** Advice on retries, from the attempts that followed the same failure, or any; `undefined` with fewer than 5, or when they are inconclusive. */
export const suggestRetry = (
  history: readonly Precedent[],
  fingerprint?: string,
): SuggestedRetry | undefined => {
  const byTask = Map.groupBy(history, ({ task }) => task);
  const retried = [...byTask.values()].flatMap((attempts) => retriesOf(attempts, fingerprint));
  if (retried.length < SUGGESTION_MIN) return undefined;
  const well = retried.filter(({ next }) => next.outcome === 'completed');
  const { low, high } = wilson(well.length, retried.length);
  const advice = adviceOf(low, high);
  if (advice === undefined) return undefined;
  const delayMs = median(well.map(({ waitedMs }) => waitedMs));
  return {
    succeeded: well.length / retried.length,
    low,
    high,
    advice,
    ...(advice === 'retry' && delayMs !== undefined && { delayMs: Math.round(delayMs), max: triesOf(well) }),
    ...supportOf(retried.map(({ next }) => next)),
  };
};

/** Retry when, with certainty, more than two in ten retries succeed; do not when certainly fewer do. */
const adviceOf = (low: number, high: number): 'retry' | 'do_not_retry' | undefined => {
  if (low > 0.2) return 'retry';
  return high < 0.45 && low < 0.05 ? 'do_not_retry' : undefined;
};

interface Retried {
  readonly next: Precedent;
  readonly waitedMs: number;
  readonly retry: number;
}

const retriesOf = (attempts: readonly Precedent[], fingerprint: string | undefined): readonly Retried[] => {
  const sorted = attempts.toSorted((a, b) => a.attempt - b.attempt || a.at - b.at);
  return sorted.flatMap((one, at) => {
    const next = sorted[at + 1];
    const matches = fingerprint === undefined ? FAILED.has(one.outcome) : one.fingerprint === fingerprint;
    if (!matches || next === undefined || next.attempt === one.attempt) return [];
    return [{ next, waitedMs: Math.max(0, next.at - (next.durationMs ?? 0) - one.at), retry: one.attempt }];
  });
};

const triesOf = (well: readonly Retried[]): number => {
  const values = well.map(({ retry }) => ({ value: retry, weight: 1 }));
  return Math.max(1, Math.ceil(quantile(values, 0.9)));
};

interface LimitSubject {
  readonly type: string;
  readonly spec?: string;
}

const similarTo = (history: readonly Precedent[], { type, spec }: LimitSubject): readonly Precedent[] => {
  const ofType = history.filter((one) => one.type === type);
  const same = ofType.filter((one) => spec !== undefined && one.spec === spec);
  return same.length >= SUGGESTION_MIN ? same : ofType;
};

/** Factors above the slowest usual run: a limit is for runs that hang, not for slow ones. */
const TIMEOUT_ROOM = 2;
const MEMORY_ROOM = 1.25;

/** A time limit for one attempt, from completed runs; `undefined` when the present limit fits, or with too few runs. */
export const suggestTimeout = (
  history: readonly Precedent[],
  subject: LimitSubject & { readonly attemptTimeoutMs?: number },
): SuggestedLimit | undefined => {
  const cases = similarTo(history, subject).filter(
    (one) => one.outcome === 'completed' && one.durationMs !== undefined,
  );
  const used = cases.map((one) => one.durationMs ?? 0);
  return suggestLimit({ cases, used, now: subject.attemptTimeoutMs, room: TIMEOUT_ROOM, step: 1_000 });
};

/** A memory limit, from the peaks of completed runs; `undefined` when the present limit fits, or with too few runs. */
export const suggestMemory = (
  history: readonly Precedent[],
  subject: LimitSubject & { readonly memoryMb?: number },
): SuggestedLimit | undefined => {
  const cases = similarTo(history, subject).filter(
    (one) => one.outcome === 'completed' && one.peakMemoryMb !== undefined,
  );
  const used = cases.map((one) => one.peakMemoryMb ?? 0);
  return suggestLimit({ cases, used, now: subject.memoryMb, room: MEMORY_ROOM, step: 64 });
};

interface Usage {
  readonly cases: readonly Precedent[];
  readonly used: readonly number[];
  readonly now: number | undefined;
  readonly room: number;
  readonly step: number;
}

const suggestLimit = ({ cases, used, now, room, step }: Usage): SuggestedLimit | undefined => {
  if (cases.length < SUGGESTION_MIN) return undefined;
  const high = quantile(
    used.map((value) => ({ value, weight: 1 })),
    0.95,
  );
  const value = Math.ceil((high * room) / step) * step;
  const reason = reasonOf(high, value, now);
  return reason && { value, reason, ...(now !== undefined && { now }), ...supportOf(cases) };
};

/** A limit ten times too high is reported, because a run that hangs holds its slot until the limit. */
const reasonOf = (
  high: number,
  value: number,
  now: number | undefined,
): SuggestedLimit['reason'] | undefined => {
  if (now === undefined) return 'none_set';
  if (now < high * 1.1) return 'too_low';
  return now > value * 10 ? 'much_too_high' : undefined;
};

/** The fewest preemptions, and the smallest share of lost work, for an answer. */
export const INTERRUPTIONS_MIN = { preemptions: 5, lostShare: 0.05 } as const;

/** The cost of preemptions, from attempts of one spec and the milliseconds that each preemption lost; `undefined` below `INTERRUPTIONS_MIN`. */
export const interruptionsOf = (
  attempts: readonly Precedent[],
  losses: readonly number[],
): Interruptions | undefined => {
  const completed = attempts.filter((one) => one.outcome === 'completed');
  const lostMs = losses.reduce((sum, one) => sum + one, 0);
  const usefulMs = completed.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  const lostShare = lostMs / Math.max(1, lostMs + usefulMs);
  if (losses.length < INTERRUPTIONS_MIN.preemptions || lostShare < INTERRUPTIONS_MIN.lostShare)
    return undefined;
  const checkpointGapMs = gapOf(completed);
  return {
    preemptions: losses.length,
    lostMs,
    lostShare,
    ...(checkpointGapMs !== undefined && { checkpointGapMs }),
    advice: checkpointGapMs === undefined ? 'write_checkpoints' : 'write_more_checkpoints',
    ...supportOf(completed),
  };
};

const gapOf = (completed: readonly Precedent[]): number | undefined => {
  const gaps = completed.flatMap(({ checkpoints = 0, durationMs }) =>
    checkpoints === 0 || durationMs === undefined ? [] : [durationMs / (checkpoints + 1)],
  );
  const gap = median(gaps);
  return gap === undefined ? undefined : Math.round(gap);
};
