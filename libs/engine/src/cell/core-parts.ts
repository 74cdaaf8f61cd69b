import type { AppError } from '@precedent/kernel';
import { isSettled } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import { QueueClasses } from '../dispatch/queue-classes.ts';
import { Predictions } from '../explain/predictions.ts';
import { entryLimits } from '../journal/entry-limits.ts';
import { Outbox } from '../journal/outbox.ts';
import type { TakenSnapshot } from '../journal/snapshotter.ts';
import type { CellOptions, CellPorts } from '../options.ts';
import { PoolWork } from '../preemption/pool-work.ts';
import { TaskEvents } from '../tasks/task-events.ts';
import { Timers } from '../tasks/timers.ts';
import { VerdictListeners } from '../tasks/verdict-listeners.ts';
import { Assignments } from '../workers/assignments.ts';
import { Fleet } from '../workers/fleet.ts';
import { LeaseSignals } from '../workers/lease-signals.ts';
import type { ReportedProgress } from '../workers/worker-session.ts';
import { CellCore } from './cell-core.ts';
import type { CellState } from './cell-state.ts';

/** Where a cell begins: what the journal says, and the ownership of this engine. */
export interface CellPast {
  readonly state: CellState;
  readonly epoch: number;
  /** Sequence of the last entry of the journal: this engine's own epoch record. */
  readonly seq: number;
  /** Void entries that the recovery passed over. */
  readonly voidEntries: number;
  /** The snapshot that the recovery began with. */
  readonly snapshot?: TakenSnapshot | undefined;
  readonly onFenced: (error: AppError) => void;
  /** Whether the engine's lease certainly still holds. */
  readonly isOwner: () => boolean;
}

/** Calls from the core into parts that are made after it. */
export interface CoreCallbacks {
  readonly dispatch: () => void;
  /** The deadline of a task has passed. */
  readonly passed: (row: TaskRow) => void;
}

export type CoreParts = ReturnType<typeof coreParts>;

/** The core of a cell with everything that it moves. Only the wiring in `Cell` has all of it; each class names the parts that it uses. */
export const coreParts = (
  options: CellOptions,
  ports: CellPorts,
  { state, epoch, seq, onFenced, isOwner }: CellPast,
  { dispatch, passed }: CoreCallbacks,
) => {
  const { clock, telemetry } = ports;
  const touch = (): void => core.touch();
  const { inFlightMax, groupCommitDelayMs } = options.journal;
  const outbox = new Outbox({
    ...entryLimits(options.journal, ports.journal.maxEntryBytes),
    log: ports.journal,
    clock,
    telemetry,
    epoch,
    owner: options.owner,
    isCertain: isOwner,
    seq,
    inFlightMax,
    groupCommitDelayMs,
    onFenced,
    onOwnershipRecorded: touch,
    onReleased: () => {
      assignments.release();
      events.release();
    },
    // Input that came in meanwhile is queued and was not dispatched.
    onRestored: touch,
    onFlushRequested: touch,
  });
  const [fleet, queueClasses, poolWork] = [new Fleet(), new QueueClasses(), new PoolWork()];
  const timers = new Timers<TaskRow>(clock, passed);
  const predictions = new Predictions((id) => isOpen(state.table.get(id)));
  const progress: ReportedProgress = new Map();
  const base = {
    ...ports,
    options,
    state,
    epoch,
    outbox,
    fleet,
    queueClasses,
    timers,
    predictions,
    progress,
    poolWork,
  };
  const [assignments, events] = [new Assignments(base), new TaskEvents(base)];
  const [signals, verdicts] = [new LeaseSignals(base), new VerdictListeners(outbox)];
  const core = new CellCore({ ...base, assignments, events, signals, verdicts, dispatch });
  return { ...base, events, signals, verdicts, core };
};

const isOpen = (row: TaskRow | undefined): boolean => row !== undefined && !isSettled(row.state);
