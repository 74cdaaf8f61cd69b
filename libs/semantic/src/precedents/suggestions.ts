import type { SuggestedLimit, SuggestedRetry } from '@precedent/contract-types';
import type { Precedent } from './precedent.ts';
import { supportOf } from './precedent.ts';
import { median, quantile, wilson } from './statistics.ts';

/** Cases below which a suggestion is not made. */
export const SUGGESTION_MIN = 5;

const FAILED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

/** From what the next attempt did after the same failure, or after any; `undefined` with fewer than 5, or when they do not tell. */
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

/** Surely more than two in ten: worth another try. Surely fewer: not. */
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
    const isAsked = fingerprint === undefined ? FAILED.has(one.outcome) : one.fingerprint === fingerprint;
    if (!isAsked || next === undefined || next.attempt === one.attempt) return [];
    return [{ next, waitedMs: Math.max(0, next.at - (next.durationMs ?? 0) - one.at), retry: one.attempt }];
  });
};

const triesOf = (well: readonly Retried[]): number => {
  const values = well.map(({ retry }) => ({ value: retry, weight: 1 }));
  return Math.max(1, Math.ceil(quantile(values, 0.9)));
};

interface Wanted {
  readonly type: string;
  readonly spec?: string;
}

const likeThis = (history: readonly Precedent[], { type, spec }: Wanted): readonly Precedent[] => {
  const ofType = history.filter((one) => one.type === type);
  const same = ofType.filter((one) => spec !== undefined && one.spec === spec);
  return same.length >= SUGGESTION_MIN ? same : ofType;
};

/** Room above the slowest usual run, and rounded up: a limit is to catch what hangs, not what is a bit slow today. */
const TIMEOUT_ROOM = 2;
const MEMORY_ROOM = 1.25;

/** A time limit for one attempt from runs that ended by themselves; `undefined` when the present one is fine or too few speak. */
export const suggestTimeout = (
  history: readonly Precedent[],
  wanted: Wanted & { readonly attemptTimeoutMs?: number },
): SuggestedLimit | undefined => {
  const cases = likeThis(history, wanted).filter(
    (one) => one.outcome === 'completed' && one.durationMs !== undefined,
  );
  const used = cases.map((one) => one.durationMs ?? 0);
  return suggestLimit({ cases, used, now: wanted.attemptTimeoutMs, room: TIMEOUT_ROOM, step: 1_000 });
};

/** Memory from what runs that went well held at most; `undefined` when the present limit is fine or too few speak. */
export const suggestMemory = (
  history: readonly Precedent[],
  wanted: Wanted & { readonly memoryMb?: number },
): SuggestedLimit | undefined => {
  const cases = likeThis(history, wanted).filter(
    (one) => one.outcome === 'completed' && one.peakMemoryMb !== undefined,
  );
  const used = cases.map((one) => one.peakMemoryMb ?? 0);
  return suggestLimit({ cases, used, now: wanted.memoryMb, room: MEMORY_ROOM, step: 64 });
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

/** Ten times too much is worth a word: a hanging run holds its slot for so long. */
const reasonOf = (
  high: number,
  value: number,
  now: number | undefined,
): SuggestedLimit['reason'] | undefined => {
  if (now === undefined) return 'none_set';
  if (now < high * 1.1) return 'too_low';
  return now > value * 10 ? 'much_too_high' : undefined;
};
