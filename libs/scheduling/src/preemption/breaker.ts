import type { EpochMs } from '@precedent/kernel';
import type { BreakerRules } from './policy.ts';

/** What the preemptions of one pool led to. */
export type BreakerRecord =
  /** A victim was taken; `sinceResumeMs` when it had been a victim before and was resumed that long ago. */
  | { readonly kind: 'preemption'; readonly at: EpochMs; readonly sinceResumeMs?: number }
  /** A preemptor started, or did not: `waitedMs` since the decision, `graceMs` the longest of its victims. */
  | {
      readonly kind: 'preemptor';
      readonly at: EpochMs;
      readonly started: boolean;
      readonly waitedMs: number;
      readonly graceMs: number;
    }
  /** Work that counted, and work that is done again because of a preemption. */
  | { readonly kind: 'work'; readonly at: EpochMs; readonly usefulMs: number; readonly lostMs: number };

export type BreakerCause = 'repeats' | 'late_starts' | 'lost_work';

interface Bucket {
  readonly from: EpochMs;
  readonly preemptions: number;
  readonly repeats: number;
  readonly preemptors: number;
  readonly onTime: number;
  readonly usefulMs: number;
  readonly lostMs: number;
}

/** The breaker of one pool, as JSON: sums per time bucket, the oldest first. */
export interface BreakerState {
  readonly buckets: readonly Bucket[];
  /** 0: never opened. */
  readonly openUntil: EpochMs;
  /** What opened it last. */
  readonly cause?: BreakerCause;
}

export const CLOSED_BREAKER: BreakerState = { buckets: [], openUntil: 0 };

/**
 * Step 10: the state after one more record. It opens when one of the three shares is beyond its limit, and then forgets
 * what opened it: after its time it takes new evidence to open it again. Records may come a little late.
 */
export const breakerAfter = (
  state: BreakerState,
  record: BreakerRecord,
  rules: BreakerRules,
): BreakerState => {
  const buckets = recent(added(state.buckets, record, rules), record.at - rules.windowMs);
  const next = { ...state, buckets };
  if (isBreakerOpen(state, record.at)) return next;
  const cause = causeOf(buckets, rules);
  return cause === undefined ? next : { buckets: [], openUntil: record.at + rules.openMs, cause };
};

export const isBreakerOpen = ({ openUntil }: BreakerState, now: EpochMs): boolean => now < openUntil;

const added = (buckets: readonly Bucket[], record: BreakerRecord, rules: BreakerRules): Bucket[] => {
  const from = Math.floor(record.at / rules.bucketMs) * rules.bucketMs;
  const last = buckets[buckets.length - 1];
  if (last === undefined || last.from < from) return [...buckets, counted(emptyBucket(from), record, rules)];
  return [...buckets.slice(0, -1), counted(last, record, rules)];
};

const emptyBucket = (from: EpochMs): Bucket => ({
  from,
  preemptions: 0,
  repeats: 0,
  preemptors: 0,
  onTime: 0,
  usefulMs: 0,
  lostMs: 0,
});

const counted = (bucket: Bucket, record: BreakerRecord, rules: BreakerRules): Bucket => {
  switch (record.kind) {
    case 'preemption': {
      const isRepeat = record.sinceResumeMs !== undefined && record.sinceResumeMs <= rules.repeatWithinMs;
      return { ...bucket, preemptions: bucket.preemptions + 1, repeats: bucket.repeats + (isRepeat ? 1 : 0) };
    }
    case 'preemptor': {
      const isOnTime = record.started && record.waitedMs <= record.graceMs + rules.startMarginMs;
      return { ...bucket, preemptors: bucket.preemptors + 1, onTime: bucket.onTime + (isOnTime ? 1 : 0) };
    }
    case 'work':
      return {
        ...bucket,
        usefulMs: bucket.usefulMs + record.usefulMs,
        lostMs: bucket.lostMs + record.lostMs,
      };
  }
};

const recent = (buckets: readonly Bucket[], since: EpochMs): readonly Bucket[] => {
  const first = buckets.findIndex(({ from }) => from > since);
  return first <= 0 ? (first === 0 ? buckets : []) : buckets.slice(first);
};

const sumOf = (buckets: readonly Bucket[], key: Exclude<keyof Bucket, 'from'>): number => {
  let sum = 0;
  for (const bucket of buckets) sum += bucket[key];
  return sum;
};

const causeOf = (buckets: readonly Bucket[], rules: BreakerRules): BreakerCause | undefined => {
  const preemptions = sumOf(buckets, 'preemptions');
  const preemptors = sumOf(buckets, 'preemptors');
  if (
    preemptions >= rules.samplesMin &&
    exceeds(sumOf(buckets, 'repeats'), preemptions, rules.repeatPercentMax)
  ) {
    return 'repeats';
  }
  const late = preemptors - sumOf(buckets, 'onTime');
  if (preemptors >= rules.samplesMin && exceeds(late, preemptors, 100 - rules.onTimePercentMin))
    return 'late_starts';
  const enough = preemptions >= rules.samplesMin;
  return enough && exceeds(sumOf(buckets, 'lostMs'), sumOf(buckets, 'usefulMs'), rules.lostPercentMax)
    ? 'lost_work'
    : undefined;
};

const exceeds = (part: number, whole: number, percent: number): boolean => part * 100 > whole * percent;
