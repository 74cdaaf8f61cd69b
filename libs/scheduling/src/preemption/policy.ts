import type { BandRank } from '@precedent/kernel';
import type { AgingMs } from '../aging.ts';
import type { Mode } from './mode.ts';

/**
 * Changes whenever the same snapshot may give another decision. A policy names the version that it was made for, and what
 * it names is what is done: a decision of version 1 is replayed by the rule of version 1.
 */
export const RULE_VERSION = 4;

/** How a band behaves, as preemptor and as victim. Milliseconds. */
export interface ClassRules {
  /** The bands that it may preempt; only lower ones are allowed. */
  readonly mayPreempt: readonly BandRank[];
  /** Its own wait before it may preempt. */
  readonly preemptAfterMs: number;
  /** The strictest mode that it may demand of a victim. */
  readonly demands: Mode;
  /** It does not respect the minimum run time of its victims. */
  readonly overridesExempt: boolean;
  /** The cap of victims per window does not hold it back; they count against it all the same. */
  readonly ignoresCap: boolean;
  /** Waits for the natural end when preempting saves less than this percentage of what it costs. */
  readonly minRatioPercent: number;
  /** Its own wait before a large task of it keeps small ones from taking what becomes free. */
  readonly holdAfterMs: number;
  /** It may start in an express slot, above the slot count of a worker. */
  readonly usesExpress: boolean;

  /** How it gives up its place. */
  readonly mode: Mode;
  /** From the request to stop at a checkpoint until it is late. */
  readonly checkpointDeadlineMs: number;
  /** Whether a late one may be aborted; otherwise it runs on, and is dropped from the decision. */
  readonly escalates: boolean;
  /** Minimum run time, since its start or its last resume, before it can be preempted. */
  readonly exemptMs: number;
  readonly graceMs: number;
  /** Preemptions that one task suffers in its life. */
  readonly maxPreemptions: number;
  /** Tasks of the band that a pool keeps running; see `floorPercent`. */
  readonly minRunning: number;
}

/** When a pool stops preempting because it does more harm than good. Percentages of the sums over the window. */
export interface BreakerRules {
  readonly windowMs: number;
  readonly bucketMs: number;
  readonly openMs: number;
  /** Preempted again within `repeatWithinMs` of a resume: more than this share of all preemptions. */
  readonly repeatPercentMax: number;
  readonly repeatWithinMs: number;
  /** Preemptors that started within grace + `startMarginMs`: less than this share. */
  readonly onTimePercentMin: number;
  readonly startMarginMs: number;
  /** Work lost: more than this share of the useful work. */
  readonly lostPercentMax: number;
  /** Preemptions, or preemptors, in the window before a share means anything. */
  readonly samplesMin: number;
}

export interface Policy {
  readonly rule: number;
  /** By rank, low first. */
  readonly classes: readonly [low: ClassRules, normal: ClassRules, high: ClassRules, critical: ClassRules];
  readonly aging: AgingMs;
  /** Victims in a pool per window, as a share of what runs there, and at least `capMin`. */
  readonly capPercent: number;
  readonly capMin: number;
  readonly capWindowMs: number;
  /** A floor counts no more than this share of the pool, so that a small pool can still be preempted empty. */
  readonly floorPercent: number;
  /** The longest time that an atomic section protects. */
  readonly atomicMsMax: number;
  readonly delayMaxMs: number;
  /** For a worker to freeze a task. */
  readonly suspendGraceMs: number;
  /** A task that is frozen for longer is ended and goes on from its last checkpoint: it holds memory that others may need. */
  readonly frozenMsMax: number;
  /** A worker may run more tasks than it has slots for this long before a task is preempted for it. */
  readonly excessMs: number;
  /** Between the request to end and the forced end. */
  readonly killGraceMs: number;
  /** For a worker to give a lease back that it has not started. Spelled as in the journal. */
  readonly recallMs: number;
  /** A reservation lasts this much longer than the last deadline of its victims. */
  readonly reservationMarginMs: number;
  /** How long a large task keeps what becomes free, before it asks again. */
  readonly holdMs: number;
  /** Large tasks that may do so at the same time, per pool. */
  readonly holdsMax: number;
  /** Times that a preemptor looks for other victims because one did not yield. */
  readonly replansMax: number;
  /** Runs that a prediction must rest on to be believed. */
  readonly predictionSupportMin: number;
  /** Other tenants' tasks may be victims, when their tenant has more than its share. */
  readonly crossTenant: boolean;
  /** The soonest that a decision asks to be looked at again. */
  readonly lookAgainMsMin: number;
  readonly breaker: BreakerRules;
  readonly bounds: OverrideBounds;
}

/** What one task, or one queue, sets in place of its band's rules. */
export interface Override {
  readonly mode?: Mode;
  readonly checkpointDeadlineMs?: number;
  readonly escalates?: boolean;
  readonly exemptMs?: number;
  readonly graceMs?: number;
  readonly maxPreemptions?: number;
  readonly preemptAfterMs?: number;
}

/** What an override may set; the administrator's. */
export interface OverrideBounds {
  readonly modes: readonly Mode[];
  readonly checkpointDeadlineMsMax: number;
  readonly exemptMsMax: number;
  readonly graceMsMax: number;
  readonly maxPreemptionsMin: number;
  readonly maxPreemptionsMax: number;
}

const CRITICAL: ClassRules = {
  mayPreempt: [0, 1, 2],
  preemptAfterMs: 0,
  demands: 'immediate',
  overridesExempt: false,
  ignoresCap: true,
  minRatioPercent: 0,
  holdAfterMs: 0,
  usesExpress: true,
  mode: 'never',
  checkpointDeadlineMs: 60_000,
  escalates: false,
  exemptMs: 0,
  graceMs: 10_000,
  maxPreemptions: 0,
  minRunning: 0,
};

const HIGH: ClassRules = {
  mayPreempt: [0, 1],
  preemptAfterMs: 2_000,
  demands: 'immediate',
  overridesExempt: false,
  ignoresCap: false,
  minRatioPercent: 100,
  holdAfterMs: 2_000,
  usesExpress: false,
  mode: 'at_checkpoint',
  checkpointDeadlineMs: 60_000,
  escalates: true,
  exemptMs: 10_000,
  graceMs: 10_000,
  maxPreemptions: 2,
  minRunning: 0,
};

const NORMAL: ClassRules = {
  mayPreempt: [0],
  preemptAfterMs: 30_000,
  demands: 'immediate',
  overridesExempt: false,
  ignoresCap: false,
  minRatioPercent: 100,
  holdAfterMs: 30_000,
  usesExpress: false,
  mode: 'at_checkpoint',
  checkpointDeadlineMs: 30_000,
  escalates: true,
  exemptMs: 5_000,
  graceMs: 5_000,
  maxPreemptions: 3,
  minRunning: 1,
};

const LOW: ClassRules = {
  mayPreempt: [],
  preemptAfterMs: 0,
  demands: 'immediate',
  overridesExempt: false,
  ignoresCap: false,
  minRatioPercent: 100,
  holdAfterMs: 60_000,
  usesExpress: false,
  mode: 'immediate',
  checkpointDeadlineMs: 30_000,
  escalates: true,
  exemptMs: 0,
  graceMs: 2_000,
  maxPreemptions: 5,
  minRunning: 1,
};

/** Every default of the rule. Change copies: `{ ...DEFAULT_POLICY, crossTenant: true }`, then ask `policyIssues`. */
export const DEFAULT_POLICY: Policy = {
  rule: RULE_VERSION,
  classes: [LOW, NORMAL, HIGH, CRITICAL],
  aging: [1_800_000, 600_000, 0, 0],
  capPercent: 10,
  capMin: 1,
  capWindowMs: 3_000,
  floorPercent: 10,
  atomicMsMax: 10_000,
  delayMaxMs: 60_000,
  suspendGraceMs: 2_000,
  frozenMsMax: 600_000,
  excessMs: 1_000,
  killGraceMs: 2_000,
  recallMs: 2_000,
  reservationMarginMs: 5_000,
  holdMs: 30_000,
  holdsMax: 1,
  replansMax: 2,
  predictionSupportMin: 5,
  crossTenant: false,
  lookAgainMsMin: 100,
  breaker: {
    windowMs: 300_000,
    bucketMs: 10_000,
    openMs: 60_000,
    repeatPercentMax: 10,
    repeatWithinMs: 60_000,
    onTimePercentMin: 80,
    startMarginMs: 5_000,
    lostPercentMax: 20,
    samplesMin: 10,
  },
  bounds: {
    modes: ['never', 'delay', 'at_checkpoint', 'suspend', 'immediate'],
    checkpointDeadlineMsMax: 300_000,
    exemptMsMax: 300_000,
    graceMsMax: 60_000,
    maxPreemptionsMin: 0,
    maxPreemptionsMax: 20,
  },
};

export const classRulesOf = (policy: Policy, rank: BandRank): ClassRules => policy.classes[rank];
