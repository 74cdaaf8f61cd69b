import { asc, desc, orderBy } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { costBucket, costOf } from './cost.ts';
import type { Cost } from './cost.ts';
import type { Mode } from './mode.ts';
import { modeOf } from './mode-choice.ts';
import type { Policy } from './policy.ts';
import { protection } from './priority.ts';
import type { Running } from './snapshot.ts';

/** `recall`: not started, `park`: waiting and loses nothing, `victim`: works. */
export type CandidateKind = 'recall' | 'park' | 'victim';

/** A running task that a preemptor may take, with the keys of its order. */
export interface Candidate {
  readonly kind: CandidateKind;
  readonly task: Running;
  readonly mode: Mode;
  readonly protection: BandRank;
  readonly overShare: number;
  /** 1: taking it breaks a soft budget. */
  readonly soft: 0 | 1;
  readonly cost: Cost;
  readonly bucket: number;
}

/** What the keys of a candidate depend on beside the task. */
export interface CandidateView {
  readonly now: EpochMs;
  readonly policy: Policy;
  readonly preemptor: BandRank;
  readonly sharePercentOf: (tenant: string) => number;
  readonly breaksSoftBudget: (task: Running) => boolean;
}

const FAIR_PERCENT = 100;
const SHARE_BUCKET_PERCENT = 25;

export const candidateOf = (task: Running, view: CandidateView): Candidate => {
  const mode = modeOf(task, view.preemptor, view.policy);
  const cost = costOf(task, mode, view.now);
  return {
    kind: KINDS[task.phase] ?? 'victim',
    task,
    mode,
    protection: protection(task, view.policy),
    overShare: overShareBucket(view.sharePercentOf(task.tenant)),
    soft: view.breaksSoftBudget(task) ? 1 : 0,
    cost,
    bucket: costBucket(cost),
  };
};

const KINDS: Partial<Record<Running['phase'], CandidateKind>> = { assigned: 'recall', parked: 'park' };

/** How far a tenant is above its fair share, in steps of a quarter of it. */
const overShareBucket = (sharePercent: number): number =>
  Math.max(0, Math.floor((sharePercent - FAIR_PERCENT) / SHARE_BUCKET_PERCENT));

/** Step 3: who is taken first. It ends in the id, so it never ties. */
export const victimOrder = orderBy<Candidate>(
  asc((one) => one.protection),
  desc((one) => one.overShare),
  asc((one) => one.soft),
  asc((one) => one.bucket),
  asc((one) => one.task.preemptCount),
  desc((one) => one.task.startedAt),
  asc((one) => one.task.id),
);

const KIND_RANKS: Readonly<Record<CandidateKind, number>> = { recall: 0, park: 1, victim: 2 };

/** Steps 1 and 3: what costs nothing comes before every victim. */
export const takingOrder = orderBy<Candidate>(
  asc((one) => KIND_RANKS[one.kind]),
  victimOrder,
);
