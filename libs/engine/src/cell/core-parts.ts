import type { ProjectSpec } from '@precedent/contract-types';
import type { AppError } from '@precedent/kernel';
import { isSettled } from '@precedent/tasks';
import type { Definition, TaskRow } from '@precedent/tasks';
import { FairClock } from '@precedent/scheduling';
import { QueueClasses, flowName } from '../dispatch/queue-classes.ts';
import { Predictions } from '../explain/predictions.ts';
import { Dependencies } from '../dependencies/dependencies.ts';
import { Limits } from '../limits/limits.ts';
import { entryLimits } from '../journal/entry-limits.ts';
import { Outbox } from '../journal/outbox.ts';
import type { TakenSnapshot } from '../journal/snapshotter.ts';
import type { CellOptions, CellPorts } from '../options.ts';
import type { Runs } from '../runs/runs.ts';
import { PoolWork } from '../preemption/pool-work.ts';
import { FeedPublisher } from '../tasks/feed-publisher.ts';
import { TimerWheel } from '../tasks/timer-wheel.ts';
import { VerdictListeners } from '../tasks/verdict-listeners.ts';
import { AssignmentSender } from '../workers/assignment-sender.ts';
import { Fleet } from '../workers/fleet.ts';
import { SignalSender } from '../workers/signal-sender.ts';
import type { SessionListener } from '../workers/session-listener.ts';
import type { ReportedProgress } from '../workers/worker-session.ts';
import { CellCore } from './cell-core.ts';
import type { CellState } from './cell-state.ts';

/** What a cell starts from: the recovered state, and the ownership of this engine. */
export interface CellStart {
  readonly state: CellState;
  readonly epoch: number;
  /** Sequence of the last journal entry, which holds the epoch record of this engine. */
  readonly seq: number;
  /** What the next entry names that one by. */
  readonly link: string;
  /** Void entries that the recovery skipped. */
  readonly voidEntries: number;
  /** The snapshot that the recovery began with. */
  readonly snapshot?: TakenSnapshot | undefined;
  readonly onFenced: (error: AppError) => void;
  /** Whether the engine's lease certainly still holds. */
  readonly isOwner: () => boolean;
}

/** Calls from the core into parts that are constructed after it. */
export interface CoreCallbacks {
  readonly dispatch: () => void;
  /** The deadline of a task has passed. */
  readonly onDeadline: (row: TaskRow) => void;
  readonly runs: () => Runs;
}

export type CoreParts = ReturnType<typeof coreParts>;

/** Constructs the core of a cell and the parts that it changes. `Cell` adds the services around it. */
export const coreParts = (
  options: CellOptions,
  ports: CellPorts,
  start: CellStart,
  { dispatch, onDeadline, runs }: CoreCallbacks,
) => {
  const { state, epoch } = start;
  const { clock } = ports;
  const touch = (): void => core.requestTurn();
  const outbox = new Outbox({
    ...outboxBasis(options, ports, start),
    onBarrierRecorded: touch,
    onReleased: () => {
      assignments.release();
      events.release();
    },
    // The outbox was stalled, so nothing was dispatched: tasks that came in meanwhile wait.
    onRestored: touch,
    onFlushRequested: touch,
  });
  const fair = new FairClock();
  const limits = new Limits({
    ...ports,
    options,
    state,
    fair,
    requestTurn: touch,
    requestTurnAt: (at) => core.requestTurnAt(at),
    enqueue: (row) => queueClasses.enqueue(row),
    leases: () => fleet.leases(),
  });
  const fleet = new Fleet(reported(ports, limits));
  const costOf = ({ id }: TaskRow): number => shareOf(predictions.of(id)?.p50);
  const queueClasses = new QueueClasses({ fair, costOf, gateOf: (row) => limits.gateOf(row) });
  const poolWork = new PoolWork();
  const timers = new TimerWheel<TaskRow>(clock, onDeadline);
  const predictions = new Predictions((id) => isOpen(state.table.get(id)));
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
    progress: new Map() as ReportedProgress,
    poolWork,
    limits,
  };
  const [assignments, events] = [new AssignmentSender(base), new FeedPublisher(base)];
  const signals = new SignalSender(base);
  const verdicts = new VerdictListeners(outbox);
  const dependencies = new Dependencies({ ...base, requestTurn: touch });
  const senders = { assignments, events, signals, verdicts, dependencies };
  const core = new CellCore({ ...base, ...senders, dispatch, runs });
  limits.follow(state);
  followWeights(state, fair);
  return { ...base, ...senders, core };
};

/** What an outbox needs that no other part of the cell gives. */
const outboxBasis = (
  options: CellOptions,
  { journal, clock, telemetry }: CellPorts,
  { epoch, seq, link, onFenced, isOwner }: CellStart,
) => {
  const { inFlightMax, groupCommitDelayMs } = options.journal;
  return {
    ...entryLimits(options.journal, journal.maxEntryBytes),
    log: journal,
    clock,
    telemetry,
    epoch,
    owner: options.owner,
    isCertain: isOwner,
    seq,
    link,
    inFlightMax,
    groupCommitDelayMs,
    onFenced,
  };
};

/** The shares of projects are in their definitions. */
const followWeights = ({ definitions }: CellState, fair: FairClock): void => {
  const follow = (
    { namespace, name: project }: Pick<Definition, 'namespace' | 'name'>,
    spec?: object,
  ): void => fair.setWeight(flowName({ namespace, project }), (spec as ProjectSpec | undefined)?.weight);
  for (const definition of definitions.ofKind('project')) follow(definition, definition.spec);
  definitions.watch('project', ({ before, after }) => {
    const definition = after ?? before;
    if (definition) follow(definition, after?.spec);
  });
};

/** Emits what sessions report as telemetry events. */
const reported = ({ clock, telemetry }: CellPorts, limits: Limits): SessionListener => ({
  held: (lease) => limits.hold(lease),
  released: (lease) => limits.released(lease),
  expressEnded: (worker, task, end, since) => {
    const at = clock.now();
    telemetry.emit({ name: 'express.ended', worker, task, at, ms: at - since, end });
  },
  overdueEnded: (worker, { id: task, epoch, since }, end) => {
    const at = clock.now();
    telemetry.emit({ name: 'overdue.ended', worker, task, epoch, at, ms: at - since, end });
  },
  unblocked: (worker, since) => {
    const at = clock.now();
    telemetry.emit({ name: 'worker.unblocked', worker, at, ms: at - since });
  },
});

/** What a task takes of the share of its project: its predicted run time in seconds, and as much as one second where none is known. */
const shareOf = (p50 = 1_000): number => Math.max(0.01, p50 / 1_000);

const isOpen = (row: TaskRow | undefined): boolean => row !== undefined && !isSettled(row.state);
