import type { BandRank, EpochMs } from '@precedent/kernel';
import type { Amounts } from './amounts.ts';
import type { CandidateCounts } from './counts.ts';
import type { Mode } from './mode.ts';
import type { Reservation, DecisionTrigger } from './snapshot.ts';

/** What a round does about one waiting task. */
export type Outcome =
  /** Takes running victims. */
  | 'preempted'
  /** Takes only what costs nothing: capacity on its way out, leases that never started, tasks that only wait. */
  | 'reclaim_idle'
  /** Starts at once in an express slot: the worker runs one more task than it has slots, until one of them ends. */
  | 'express'
  /** Takes what a lower band was promised. */
  | 'reservation_stolen'
  /** Waiting is better, or the rule asks to wait first. */
  | 'wait_natural'
  /** No set of victims would do. */
  | 'infeasible'
  | 'denied_budget'
  | 'breaker_open';

export type Reason =
  | 'victims'
  | 'leaving'
  | 'reclaimed'
  | 'higher_band'
  | 'express_slot'
  | 'preempt_after'
  | 'natural_end'
  | 'not_worth_it'
  | 'held'
  | 'no_worker'
  | 'no_candidates'
  | 'not_enough'
  | 'replans'
  | 'budget'
  | 'cap'
  | 'breaker';

export interface DecidedVictim {
  readonly id: string;
  readonly base: BandRank;
  readonly protection: BandRank;
  readonly pool: string;
  readonly tenant: string;
  readonly workflow?: string;
  /** What the victim asks for, and what is applied. */
  readonly requested: Mode;
  readonly mode: Mode;
  readonly signalAt: EpochMs;
  /** When its place is to be free; see `atDeadline`. */
  readonly deadline: EpochMs;
  readonly graceMs: number;
  readonly lostMs: number;
  readonly restoreMs: number;
  readonly undoMs: number;
  readonly runMs: number;
  readonly preemptCount: number;
}

export interface Reclaimed {
  readonly id: string;
  readonly kind: 'recall' | 'park';
}

export interface PreemptedReservation {
  readonly task: string;
  readonly base: BandRank;
}

/** When a task fits on a worker without preempting another. `support`: the runs that the weakest prediction rests on. */
export interface NaturalEnd {
  /** From now. */
  readonly ms: number;
  readonly worker: string;
  readonly support: number;
}

/** One decision with everything that it rests on; plain JSON. */
export interface Decision {
  readonly rule: number;
  readonly at: EpochMs;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly trigger: DecisionTrigger;
  readonly pool: string;
  readonly preemptor: {
    readonly id: string;
    readonly base: BandRank;
    /** After aging; it orders and gives no right. */
    readonly rank: BandRank;
    readonly tenant: string;
    readonly waitedMs: number;
    readonly demand: Amounts;
  };
  /** Where the preemptor will run. */
  readonly worker?: string;
  readonly victims: readonly DecidedVictim[];
  readonly reclaimed: readonly Reclaimed[];
  /** Preempted reservations: their holders are decided again. Spelled as in the journal. */
  readonly stolen: readonly PreemptedReservation[];
  readonly reservation?: Reservation;
  readonly candidates: CandidateCounts;
  /** What the victims lose. */
  readonly costMs: number;
  /** Until it would fit without preempting another. */
  readonly natural?: NaturalEnd;
  /** What is gained against that. */
  readonly savedMs?: number;
  readonly tenantTokens?: number;
  /** When to look again, if nothing happens before. */
  readonly wakeAt?: EpochMs;
}

/** Whether the decision takes something, which is then reserved for the task. */
export const takes = ({ outcome }: Decision): boolean =>
  outcome === 'preempted' || outcome === 'reclaim_idle' || outcome === 'reservation_stolen';

/** Whether the decision changes anything, for a task that starts or for one that leaves. */
export const acts = (decision: Decision): boolean => takes(decision) || decision.outcome === 'express';
