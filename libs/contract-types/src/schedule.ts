import type { EpochMs } from '@precedent/kernel';

export const GAP_POLICIES = ['next', 'skip'] as const;
export const OVERLAP_POLICIES = ['first', 'last', 'both'] as const;
export const WHILE_RUNNING = ['skip', 'queue_one', 'queue_all', 'cancel_running', 'allow'] as const;
export type WhileRunning = (typeof WHILE_RUNNING)[number];
export const CATCH_UP = ['none', 'latest', 'all'] as const;
export type CatchUp = (typeof CATCH_UP)[number];

/** When a schedule is due: `cron`, `every`, `at` or `after`. Durations are milliseconds. */
export interface ScheduleTimes {
  /** 5 fields, or 6 with seconds first, on the wall of the zone. */
  readonly cron?: string | undefined;
  readonly every?: number | undefined;
  /** Once: a time on the wall of the zone, or an instant where it names an offset. */
  readonly at?: string | undefined;
  /** Once, that long after it got this spec. */
  readonly after?: number | undefined;
  /** A name of the IANA data; UTC when left out. */
  readonly zone?: string | undefined;
  readonly gap?: (typeof GAP_POLICIES)[number] | undefined;
  readonly overlap?: (typeof OVERLAP_POLICIES)[number] | undefined;
  /** Days or minutes on the wall: `2026-12-25`, `2026-12-25T02:30`. */
  readonly except?: readonly string[] | undefined;
  readonly from?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
}

export interface ScheduleSpec<Task = object> extends ScheduleTimes {
  readonly description?: string | undefined;
  /** What each run is: a task without an id. */
  readonly task: Task;
  /** Runs in total; no limit when left out. */
  readonly count?: number | undefined;
  /** What becomes of a tick while a run of the schedule has no verdict; `skip` when left out. */
  readonly whileRunning?: WhileRunning | undefined;
  /** Which of the ticks that were missed are run; `latest` when left out. */
  readonly catchUp?: CatchUp | undefined;
  /** How old a missed tick may be; 24 hours when left out. */
  readonly catchUpWithin?: number | undefined;
  /** The start of all ticks is moved by a part of it, which depends on the name. */
  readonly jitter?: number | undefined;
  /** Failures in a row after which the schedule pauses. */
  readonly pauseAfterFailures?: number | undefined;
}

/** What the engine notes of a schedule. */
export interface ScheduleStatus {
  /** No tick at or before it comes again. */
  readonly position: EpochMs;
  /** Of the next tick, without its jitter; absent where none is left, and while it is paused. */
  readonly next?: EpochMs | undefined;
  /** The version of the zone data that `next` was computed with. */
  readonly zones?: string | undefined;
  /** Runs that were started. */
  readonly runs: number;
  /** The nominal time of the last run that was started. */
  readonly last?: string | undefined;
  /** Runs without a verdict. */
  readonly open?: readonly string[] | undefined;
  /** Nominal times of ticks that wait for those. */
  readonly queued?: readonly string[] | undefined;
  /** Ticks that were left out, because a run was open. */
  readonly skipped?: number | undefined;
  /** Failures in a row. */
  readonly failures?: number | undefined;
  /** Why the last tick became no task. */
  readonly refusal?: string | undefined;
  readonly paused?: SchedulePause | undefined;
}

export interface SchedulePause {
  readonly at: EpochMs;
  readonly until?: EpochMs | undefined;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

export interface ScheduleRequest {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface PauseScheduleRequest extends ScheduleRequest {
  readonly until?: EpochMs | undefined;
  readonly reason?: string | undefined;
}

export interface PreviewScheduleRequest extends ScheduleRequest {
  /** Ticks to show; 10 when left out. */
  readonly count?: number | undefined;
  /** Ticks behind it; now when left out. */
  readonly after?: EpochMs | undefined;
}

export interface TriggerScheduleReply {
  /** The task that was submitted. */
  readonly id: string;
}

/** A time that a schedule names. */
export interface PreviewedTick {
  readonly at: EpochMs;
  /** When its task is submitted: with the jitter. */
  readonly startsAt: EpochMs;
  /** The time on the wall. */
  readonly nominal: string;
  /** `false`: the policy for gaps or overlaps leaves it out. */
  readonly runs: boolean;
  /** `gap`: the clocks skip it; `first`, `last`: they show it twice. */
  readonly clocks?: 'gap' | 'first' | 'last' | undefined;
}

export interface PreviewScheduleReply {
  readonly ticks: readonly PreviewedTick[];
  /** The version of the zone data. */
  readonly zones: string;
}
