import type { EpochMs } from '@precedent/kernel';
import { begin, isLeased, nextDeadline } from '@precedent/tasks';
import type { CheckpointStepRecord, TaskEffect, TaskMachineEvent, TaskRow } from '@precedent/tasks';
import { TaskActors } from '../tasks/task-actors.ts';
import type { FeedPublisher } from '../tasks/feed-publisher.ts';
import { reportChange } from '../tasks/task-telemetry.ts';
import type { VerdictListeners } from '../tasks/verdict-listeners.ts';
import type { AssignmentSender } from '../workers/assignment-sender.ts';
import type { SignalSender } from '../workers/signal-sender.ts';
import type { Runs } from '../runs/runs.ts';
import type { Dependencies } from '../dependencies/dependencies.ts';
import { obsoleteBlobs } from '../workers/obsolete-blobs.ts';
import type { BaseParts } from './base-parts.ts';

export type CellCoreParts = Pick<
  BaseParts,
  | 'clock'
  | 'telemetry'
  | 'blobs'
  | 'state'
  | 'fleet'
  | 'queueClasses'
  | 'outbox'
  | 'limits'
  | 'timers'
  | 'progress'
  | 'predictions'
  | 'poolWork'
> & {
  readonly assignments: AssignmentSender;
  readonly signals: SignalSender;
  readonly events: FeedPublisher;
  readonly verdicts: VerdictListeners;
  readonly dependencies: Dependencies;
  /** Constructed after the core. */
  readonly runs: () => Runs;
  /** Fills free slots. Called once a turn, before the outbox is flushed, so that its records are in the journal entry of the turn. */
  readonly dispatch: () => void;
};

/**
 * Changes the tasks of a cell. `drive` sends an event to the actor of a task and performs the effects; a turn, at most one in each turn of
 * the event loop, fills free slots and flushes the outbox. Both are synchronous. What clients and workers can see waits for the commit.
 */
export class CellCore {
  readonly #parts: CellCoreParts;
  readonly #actors = new TaskActors();
  #turnRequested = false;
  #wakesAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(parts: CellCoreParts) {
    this.#parts = parts;
  }

  /**
   * Sends an event to the actor of the task and performs the effects. Returns whether anything changed. The order matters:
   * 1. The lost work is computed while the row still has the start and the checkpoint of the lease that ends.
   * 2. The effects run in the order in which the machine lists them. The record is first: it is in the outbox and applied to the row
   *    before the assignment, signal or event that follows from it, and each of those waits in the outbox behind its record.
   * 3. Telemetry compares the row with its state before the event.
   * 4. The rest follows the new state of the row: a suspension frees or takes a slot, obsolete checkpoints are removed after the commit,
   *    the queue counts its tasks, the timer is set.
   * 5. The turn is requested last. It runs after all events of this turn of the event loop, and finds the slots and queues that they left.
   */
  drive(row: TaskRow, event: TaskMachineEvent): boolean {
    const { telemetry, fleet, poolWork } = this.#parts;
    const { state, run, durable } = row;
    const effects = this.#actors.send(row, withStart(row, event));
    const [first] = effects;
    if (first === undefined) return false;
    const lostMs = isLeased(state) ? poolWork.add(row, event) : 0;
    for (const effect of effects) this.#perform(row, effect);
    if (first.kind === 'journal') reportChange(telemetry, row, { state, run, durable, lostMs }, first.record);
    if (state === 'suspended' || row.state === 'suspended')
      fleet.setSuspended(run.session, row.id, row.state === 'suspended');
    if (durable !== row.durable) this.#removeBlobs(obsoleteBlobs(durable, row));
    // The dispatcher removes a task from its queue before it leases it.
    if (state === 'queued' && row.state !== 'queued' && event.type !== 'LEASED')
      this.#parts.queueClasses.left(row);
    if (state === 'waiting' && row.state !== 'waiting') this.#parts.dependencies.left(row);
    this.#setTimer(row);
    this.requestTurn();
    return true;
  }

  /** Enqueues a task that was just inserted into the table, by a submission or by a recovery, and sets its timer. */
  adopt(row: TaskRow): void {
    if (row.state === 'queued') this.#parts.queueClasses.enqueue(row);
    if (row.state === 'waiting') this.#parts.dependencies.adopt(row);
    if (row.state === 'orchestrating') this.#parts.runs().adopt(row);
    this.#setTimer(row);
    this.requestTurn();
  }

  /** Records a checkpoint step of a lease, which is no event for the machine. Throws PAYLOAD_TOO_LARGE, and changes nothing then. */
  record(row: TaskRow, record: CheckpointStepRecord): void {
    const { durable, run } = row;
    this.#apply(row, withStart(row, record));
    if (run.ahead) this.#actors.refresh(row);
    this.#removeBlobs(obsoleteBlobs(durable, row));
    this.requestTurn();
  }

  /** The code of a lease that was assigned ahead begins: the limits of its attempt count from here. */
  began(row: TaskRow, at: EpochMs): void {
    const { telemetry, events } = this.#parts;
    begin(row, at);
    telemetry.emit({ name: 'task.started', task: row, at, resumed: row.durable.resuming });
    events.report(row, 'started');
    this.#setTimer(row);
    this.requestTurn();
  }

  /** Requests a turn. All input until it runs shares it. */
  requestTurn(): void {
    if (this.#turnRequested || this.#closed) return;
    this.#turnRequested = true;
    this.#parts.clock.defer(() => this.#turn());
  }

  /** Requests a turn at a time, because time alone may change what is decided. */
  requestTurnAt(at: EpochMs): void {
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    this.#parts.clock.wakeAt(at, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.requestTurn();
    });
  }

  close(): void {
    this.#closed = true;
  }

  #turn(): void {
    this.#turnRequested = false;
    if (this.#closed) return;
    this.#parts.dependencies.carryOut((row, event) => this.drive(row, event));
    this.#parts.runs().carryOut();
    this.#parts.limits.beginTurn();
    this.#parts.dispatch();
    this.#parts.outbox.flush();
  }

  #perform(row: TaskRow, effect: TaskEffect): void {
    const { assignments, signals, events, progress, predictions, verdicts, dependencies } = this.#parts;
    switch (effect.kind) {
      case 'journal':
        return this.#apply(row, effect.record);
      case 'assign':
        // The progress of an earlier lease says nothing about this one.
        if (progress.size > 0) progress.delete(row.id);
        return assignments.add(row);
      case 'stop':
        return signals.stop(row);
      case 'preempt':
        return signals.preempt(row);
      case 'resume':
        return signals.resume(row, effect.decision);
      case 'orchestrate':
        return this.#parts.runs().adopt(row);
      case 'enqueue':
        return this.#parts.queueClasses.enqueue(row);
      case 'announce':
        return events.publish(row, effect.event);
      case 'settle':
        if (progress.size > 0) progress.delete(row.id);
        if (predictions.size > 0) predictions.forget(row.id);
        dependencies.settled(row);
        if (row.step) this.#parts.runs().stepEnded(row);
        return verdicts.settled(row);
    }
  }

  #apply(
    row: TaskRow,
    record: Extract<TaskEffect, { kind: 'journal' }>['record'] | CheckpointStepRecord,
  ): void {
    this.#parts.outbox.record(record);
    if (record.kind === 'leased' && record.booked) this.#parts.state.limitTimes.fold(record);
    this.#parts.state.table.apply(row, record);
  }

  #setTimer(row: TaskRow): void {
    this.#parts.timers.set(row, nextDeadline(row)?.at);
  }

  #removeBlobs(refs: readonly string[]): void {
    const { outbox, blobs } = this.#parts;
    if (refs.length > 0) outbox.afterCommit(() => blobs?.remove(refs));
  }
}

/** Adds the start of a lease that was assigned ahead to the first event or record after it: the journal knows it from there. */
const withStart = <T extends { readonly at: EpochMs }>({ run }: TaskRow, of: T): T =>
  run.ahead && run.startedAt !== undefined ? { ...of, ranMs: Math.max(0, of.at - run.startedAt) } : of;
