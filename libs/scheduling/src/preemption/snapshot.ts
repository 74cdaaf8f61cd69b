import type { BandRank, EpochMs } from '@precedent/kernel';
import type { Amounts } from './amounts.ts';
import type { CandidateCounts } from './counts.ts';
import type { Mode } from './mode.ts';
import type { Override } from './policy.ts';

/**
 * All that a round may know, as JSON. Nothing in it depends on the order of its lists. Ids are unique among tasks, among
 * workers, and a task holds at most one reservation.
 */
export interface Snapshot {
  readonly now: EpochMs;
  /** The heads of the queues: of each queue class and band the first that waits, or the first few. */
  readonly waiting: readonly Waiting[];
  readonly workers: readonly SnapshotWorker[];
  readonly reservations: readonly Reservation[];
  readonly pools: readonly PoolUse[];
  /** Tenants that are not listed are at their fair share and have no budget. */
  readonly tenants: readonly TenantUse[];
  /** Workflows that are not listed have no budget. */
  readonly workflows: readonly WorkflowUse[];
  /** Candidates that a record left out because they could not change the decision. */
  readonly omitted?: CandidateCounts;
}

/** Why a task cannot run yet, whatever slots are free. */
export type BlockedBy =
  | 'dependency'
  | 'concurrency_key'
  | 'rate_limit'
  | 'approval'
  | 'schedule'
  | 'paused'
  | 'not_before';

/** What made the round look at a task. */
export type DecisionTrigger = 'no_fit' | 'reservation_stolen' | 'exempt_expired' | 'manual';

/** A task that waits for a slot. */
export interface Waiting {
  readonly id: string;
  /** Names the queue, a queue class of one band: tasks behind a head that stays wait with it. */
  readonly queue: string;
  readonly pool: string;
  readonly tenant: string;
  /** Tasks of different isolation domains are neither preemptor nor victim of each other, unless `crossTenant`. */
  readonly domain: string;
  /** The submitted band: the right to preempt. */
  readonly base: BandRank;
  /** Place in the order of submission. */
  readonly order: number;
  readonly submittedAt: EpochMs;
  /** Since when it could have run. */
  readonly waitingSince: EpochMs;
  /** Virtual time of its tenant; 0 without fair sharing. */
  readonly fairShare?: number;
  readonly demand: Amounts;
  /** The workers that fit it, busy ones too. */
  readonly eligible: readonly string[];
  readonly blockedBy?: BlockedBy;
  /** `false`: it queues by its band, and never preempts. */
  readonly preempts?: boolean;
  /** It was a victim, and has not run since. */
  readonly preempted?: boolean;
  readonly override?: Override;
  readonly trigger?: DecisionTrigger;
  /** It runs already, in an express slot of its only eligible worker, and waits for one of the slots there. */
  readonly runsInExpress?: true;
  /** Victims that did not yield and run on; they are not signalled again. Spelled as in the journal. */
  readonly spared?: readonly string[];
  /** Times that it looked for other victims because one did not yield. */
  readonly replans?: number;
}

/** Where a task is that occupies something of a worker. */
export type Phase =
  /** Leased, and not acknowledged by the worker. */
  | 'assigned'
  | 'running'
  /** In a durable wait: it holds its slot, and has nothing to lose. */
  | 'parked'
  /** On its way out, as a victim or because it was stopped. It occupies its place until its process has ended. */
  | 'preempting'
  | 'stopping'
  /** Frozen: it keeps its memory and GPUs. */
  | 'suspended';

export interface Running {
  readonly id: string;
  readonly pool: string;
  readonly tenant: string;
  readonly domain: string;
  readonly workflow?: string;
  readonly base: BandRank;
  /** The highest band that waits for this task to finish: priority inheritance. */
  readonly donated?: BandRank;
  readonly phase: Phase;
  /** How a preempting task goes. */
  readonly mode?: Mode;
  /** When a task on its way out is gone. */
  readonly endsBy?: EpochMs;
  readonly usage: Amounts;
  /** The last start or resume. */
  readonly startedAt: EpochMs;
  readonly preemptCount: number;
  readonly override?: Override;
  readonly suspendable?: boolean;
  /** The section that it is inside of, which must not be cut. */
  readonly atomic?: { readonly since: EpochMs; readonly maxMs: number };
  /** The last durable checkpoint of this run. */
  readonly checkpointedAt?: EpochMs;
  /** Expected until its next checkpoint. */
  readonly checkpointInMs?: number;
  /** What saving a checkpoint takes. */
  readonly checkpointMs?: number;
  /** What going on from a checkpoint takes. */
  readonly restoreMs?: number;
  /** What its rollback actions take, if there are any. */
  readonly undoMs?: number;
  /**
   * Predicted until its end, given that it has run so far: an estimate that falls to 0 and stays there would protect an
   * overdue task for ever.
   */
  readonly remaining?: { readonly p50Ms: number; readonly support: number };
}

export interface SnapshotWorker {
  readonly id: string;
  readonly capacity: Amounts;
  /** Those in a slot. What a task in an express slot keeps of memory and GPUs is among `others`. */
  readonly running: readonly Running[];
  /** Express slots that are free; none when left out. */
  readonly express?: number;
  /** What tasks occupy that are not listed because they cannot matter: a record leaves them out. */
  readonly others?: Amounts;
}

/**
 * Capacity of one worker that is kept for one waiting task: `freed` by its victims, or `held` so that small tasks do not
 * take, piece by piece, what a large one waits for.
 */
export interface Reservation {
  readonly task: string;
  readonly kind: 'freed' | 'held';
  readonly base: BandRank;
  readonly pool: string;
  readonly tenant: string;
  readonly domain: string;
  readonly worker: string;
  readonly amounts: Amounts;
  readonly expiresAt: EpochMs;
}

export interface PoolUse {
  readonly pool: string;
  /** Tasks that have a place and are not on their way out, by rank, low first. */
  readonly running: readonly [low: number, normal: number, high: number, critical: number];
  readonly leaving: number;
  /** Victims within the last `capWindowMs`. */
  readonly victims: number;
  readonly breakerOpenUntil?: EpochMs;
}

export interface TenantUse {
  readonly tenant: string;
  /** 100: what it uses is its fair share. */
  readonly sharePercent: number;
  /** Preemptions that its tasks may still suffer. */
  readonly tokens?: number;
  /** Below this many tokens left its tasks are taken last. */
  readonly softTokens?: number;
}

export interface WorkflowUse {
  readonly workflow: string;
  /** Its tasks that are preempted now, or on their way out as victims. */
  readonly preempted: number;
  readonly max?: number;
  /** Above this its tasks are taken last. */
  readonly softMax?: number;
}
