import type { LoadLevel } from '@precedent/contract-types';
import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { DecisionRecord } from '@precedent/scheduling';
import type {
  ChangeRecord,
  CheckpointStepRecord,
  PreemptionOrder,
  SettledRecord,
  TaskRow,
  TaskRun,
  RegisteredRollback,
} from '@precedent/tasks';

/**
 * Everything the engine reports of itself. Libraries emit these; an application decides where they go. What each is for is in
 * `telemetry.table.ts`. An event reports what the engine did, at the moment when it did it: the journal has it a little later,
 * and is the truth. Task rows are the engine's own and change: read them at once, write nothing, keep nothing.
 */
export type TelemetryEvent =
  | {
      readonly name: 'engine.state';
      readonly from: string;
      readonly to: string;
      readonly cause?: Problem | undefined;
    }
  | { readonly name: 'engine.standby'; readonly owner: string }
  | {
      readonly name: 'recovery.finished';
      readonly ms: number;
      readonly entries: number;
      readonly open: number;
      readonly fromSnapshot: boolean;
      readonly epoch: number;
    }
  | {
      readonly name: 'journal.flushed';
      readonly records: number;
      readonly bytes: number;
      readonly ms: number;
    }
  | { readonly name: 'journal.unavailable'; readonly attempt: number; readonly problem: Problem }
  | { readonly name: 'journal.restored'; readonly landed: number }
  | {
      readonly name: 'snapshot.written';
      readonly tasks: number;
      readonly entries: number;
      readonly ms: number;
      readonly asOf: number;
    }
  | { readonly name: 'journal.void'; readonly entries: number; readonly seq: number }
  | { readonly name: 'snapshot.failed'; readonly problem: Problem }
  | { readonly name: 'snapshot.unreadable'; readonly problem: Problem }
  | {
      readonly name: 'journal.reader_lagging';
      readonly reader: string;
      readonly passed: number;
      readonly upTo: number;
    }
  | { readonly name: 'ingress.refused'; readonly band: Band; readonly code: string; readonly count: number }
  | {
      readonly name: 'worker.joined';
      readonly worker: string;
      readonly session: string;
      readonly slots: number;
    }
  | {
      readonly name: 'worker.left';
      readonly worker: string;
      readonly session: string;
      readonly why: string;
      readonly lost: number;
    }
  | { readonly name: 'report.stale'; readonly worker: string; readonly id: string; readonly epoch: number }
  | { readonly name: 'predictions.refused'; readonly problem: Problem }
  | {
      readonly name: 'connection.refused';
      readonly reason: string;
      readonly credential: string | undefined;
      readonly host: string;
      readonly detail?: string;
      readonly count: number;
    }
  | { readonly name: 'connection.ended'; readonly principal: string; readonly connections: number }
  | { readonly name: 'message.failed'; readonly problem: Problem }
  | { readonly name: 'lease.missing'; readonly id: string; readonly epoch: number; readonly worker: string }
  | {
      readonly name: 'worker.blocked';
      readonly worker: string;
      readonly at: EpochMs;
      readonly since: EpochMs;
      /** The tasks of which one blocks its event loop. */
      readonly tasks: readonly string[];
      /** Where that code is. */
      readonly place?: string | undefined;
    }
  | {
      readonly name: 'worker.unblocked';
      readonly worker: string;
      readonly at: EpochMs;
      readonly ms: number;
    }
  | {
      readonly name: 'overdue.began';
      readonly worker: string;
      readonly task: string;
      readonly epoch: number;
      readonly at: EpochMs;
      /** The deadline by which its code should have left. */
      readonly since: EpochMs;
    }
  | {
      readonly name: 'overdue.ended';
      readonly worker: string;
      readonly task: string;
      readonly epoch: number;
      readonly at: EpochMs;
      /** Beyond the deadline. */
      readonly ms: number;
      readonly end: OverdueEnd;
    }
  | CellSampled
  | TaskTelemetryEvent
  | PreemptionTelemetryEvent
  | { readonly name: 'stop.progress'; readonly running: number; readonly remainingMs: number };

/** `slot`: the task moved into a slot. `ended`: its code ended first. `lost`: its worker is gone. */
export type ExpressEnd = 'slot' | 'ended' | 'lost';

/** `ended`: the code ended at last. `lost`: its worker is gone. */
export type OverdueEnd = 'ended' | 'lost';

/** What there is of everything, about once a second. */
export interface CellSampled {
  readonly name: 'cell.sampled';
  readonly at: EpochMs;
  readonly bands: Readonly<Record<Band, BandSample>>;
  readonly workers: number;
  readonly slots: number;
  /** Workers whose event loop is blocked. */
  readonly blocked: number;
  /** Slots whose code has not left by the deadline of its stop. */
  readonly overdue: number;
  /** How many of the workers are how busy. */
  readonly loads: Readonly<Record<LoadLevel, number>>;
  readonly reservations: Readonly<Record<'freed' | 'held', number>>;
  /** Characters that wait for the journal. */
  readonly backlog: number;
}

export interface BandSample {
  readonly queued: number;
  readonly running: number;
  /** Waiting for a time: before a retry, or after a preemption. */
  readonly paused: number;
  /** How long the first in the queue has been there, since it was submitted. */
  readonly oldestMs: number;
}

/** What happens to a task. */
export type TaskTelemetryEvent =
  | { readonly name: 'task.submitted'; readonly task: TaskRow }
  | { readonly name: 'task.started'; readonly task: TaskRow; readonly at: EpochMs; readonly resumed: boolean }
  | {
      readonly name: 'task.ended';
      readonly task: TaskRow;
      readonly run: TaskRun;
      readonly record: ChangeRecord;
      readonly ranBeforeMs: number;
      readonly lostMs: number;
    }
  | { readonly name: 'task.settled'; readonly task: TaskRow; readonly record: SettledRecord }
  | {
      readonly name: 'task.preempting';
      readonly task: TaskRow;
      readonly at: EpochMs;
      readonly order: PreemptionOrder;
      readonly before?: PreemptionOrder | undefined;
    }
  | {
      readonly name: 'task.preemption_withdrawn';
      readonly task: TaskRow;
      readonly at: EpochMs;
      readonly order: PreemptionOrder;
      readonly why: 'not_yielded' | 'stopped';
    }
  | {
      readonly name: 'task.step_recorded';
      readonly task: TaskRow;
      readonly step: CheckpointStepRecord['step'];
      readonly at: EpochMs;
      readonly ms: number;
      readonly order?: PreemptionOrder | undefined;
      readonly rollback?: RegisteredRollback | undefined;
    };

/** How it went on with a decision that took something. */
export type PreemptionEnd =
  | 'started'
  /** What was kept for the preemptor was not free in time. */
  | 'expired'
  | 'stolen'
  /** A victim did not yield, and another is looked for. */
  | 'replanned'
  /** The preemptor does not wait any more. */
  | 'left';

export type PreemptionTelemetryEvent =
  | {
      readonly name: 'preemption.decided';
      readonly id: string;
      readonly epoch: number;
      readonly record: DecisionRecord;
      readonly preemptor?: TaskRow | undefined;
      readonly victims: readonly TaskRow[];
    }
  | {
      readonly name: 'preemption.round';
      readonly at: EpochMs;
      readonly ms: number;
      readonly waiting: number;
      readonly decisions: number;
    }
  | {
      readonly name: 'preemption.ended';
      readonly decision: string;
      readonly task: string;
      readonly at: EpochMs;
      readonly end: PreemptionEnd;
      readonly epoch: number;
      readonly waitedMs: number;
      readonly inTime: boolean;
    }
  | {
      readonly name: 'express.ended';
      readonly worker: string;
      readonly task: string;
      readonly at: EpochMs;
      /** Above the slot count of the worker. */
      readonly ms: number;
      readonly end: ExpressEnd;
    }
  | {
      readonly name: 'preemption.breaker';
      readonly pool: string;
      readonly open: boolean;
      readonly cause: string;
      readonly until: EpochMs;
    };

export interface Telemetry {
  emit(event: TelemetryEvent): void;
}

/** Names runs, for what is traced inside of them. */
export interface RunTraces {
  /** W3C trace context of the run that a task is in; `undefined` when the span of that run will not be written. */
  traceparentOf(task: TaskRow): string | undefined;
}

export const silent: Telemetry = { emit: () => undefined };
