import type { BandRank, EpochMs } from '@precedent/kernel';
import type { Amounts } from './amounts.ts';
import { costBucket, costOf } from './cost.ts';
import type { Cost } from './cost.ts';
import type { Mode } from './mode.ts';
import { modeOf } from './mode-choice.ts';
import type { Policy } from './policy.ts';
import { protection } from './priority.ts';
import { freedBy } from './rooms.ts';
import type { Reservation, Running } from './snapshot.ts';

/** `recall`: not started, `park`: waiting and loses nothing, `victim`: works. */
export type CandidateKind = 'recall' | 'park' | 'victim';

/** One thing that can be taken on a worker to make room: a candidate, or a reservation of a lower band. */
export type Item = VictimCandidate | ReservationClaim;

export interface ReservationClaim {
  readonly kind: 'steal';
  readonly gives: Amounts;
  readonly reservation: Reservation;
}

/** A running task that a preemptor may take, with the keys of its order. */
export interface VictimCandidate {
  readonly kind: CandidateKind;
  readonly task: Running;
  readonly mode: Mode;
  /** What taking it frees. */
  readonly gives: Amounts;
  readonly protection: BandRank;
  readonly overShare: number;
  /** 1: taking it breaks a soft budget. */
  readonly soft: 0 | 1;
  readonly cost: Cost;
  readonly bucket: number;
}

/** What the keys of a candidate depend on, the task aside. */
export interface CandidateView {
  readonly now: EpochMs;
  readonly policy: Policy;
  readonly preemptor: BandRank;
  readonly sharePercentOf: (tenant: string) => number;
  readonly breaksSoftBudget: (task: Running) => boolean;
}

const FAIR_PERCENT = 100;
const SHARE_BUCKET_PERCENT = 25;

export const victimCandidateOf = (task: Running, view: CandidateView): VictimCandidate => {
  const mode = modeOf(task, view.preemptor, view.policy);
  const cost = costOf(task, mode, view.now, view.policy.rule);
  return {
    kind: KINDS[task.phase] ?? 'victim',
    task,
    mode,
    gives: freedBy(task, mode),
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

/** Free ones before those that lose something. */
const KIND_RANKS: Readonly<Record<CandidateKind, number>> = { recall: 0, park: 1, victim: 2 };

/**
 * Steps 1 and 3: the order in which candidates are taken; what costs nothing comes before every victim. All keys are whole numbers and the last
 * is the id, so it never ties. Written out, because a round sorts every running task by it.
 */
export const takingOrder = (a: VictimCandidate, b: VictimCandidate): number =>
  KIND_RANKS[a.kind] - KIND_RANKS[b.kind] ||
  a.protection - b.protection ||
  b.overShare - a.overShare ||
  a.soft - b.soft ||
  a.bucket - b.bucket ||
  a.task.preemptCount - b.task.preemptCount ||
  b.task.startedAt - a.task.startedAt ||
  (a.task.id < b.task.id ? -1 : 1);
