import type { EpochMs } from '@precedent/kernel';
import { isLeased, nextDeadline } from '@precedent/tasks';
import type { CheckpointStepRecord, TaskEffect, TaskMachineEvent, TaskRow } from '@precedent/tasks';
import { TaskActors } from '../tasks/task-actors.ts';
import type { TaskEvents } from '../tasks/task-events.ts';
import { reportChange } from '../tasks/task-telemetry.ts';
import type { VerdictListeners } from '../tasks/verdict-listeners.ts';
import type { Assignments } from '../workers/assignments.ts';
import type { LeaseSignals } from '../workers/lease-signals.ts';
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
  | 'timers'
  | 'progress'
  | 'predictions'
  | 'poolWork'
> & {
  readonly assignments: Assignments;
  readonly signals: LeaseSignals;
  readonly events: TaskEvents;
  readonly verdicts: VerdictListeners;
  /** Fills free slots; called once in a turn, before its journal entry is closed. */
  readonly dispatch: () => void;
};

/**
 * The moving part of a cell: `drive` brings an event to a task's actor and performs what follows; a turn, at most one in each turn of the
 * event loop, dispatches and flushes the outbox. Both are synchronous; what others can see waits for the commit.
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
   * Sends an event to the task's actor and performs what follows. Returns whether anything changed. The order:
   * 1. The lost work is computed while the row still has the start and the checkpoint of the lease that ends.
   * 2. The effects run in the order of the machine. The record is first: it is in the outbox and in the row before the assignment,
   *    signal or event that follows from it, and each of those waits in the outbox behind its record.
   * 3. Telemetry compares the row with what it was before.
   * 4. A slot is freed or taken by suspension, checkpoints that became obsolete are removed after the commit, and the queue's count and
   *    the timer follow the new state.
   * 5. The turn is requested last: it finds the free slots and the queues of all that was driven before it.
   */
  drive(row: TaskRow, event: TaskMachineEvent): boolean {
    const { telemetry, fleet, poolWork } = this.#parts;
    const { state, run, durable } = row;
    const effects = this.#actors.send(row, event);
    const [first] = effects;
    if (first === undefined) return false;
    const lostMs = isLeased(state) ? poolWork.add(row, event) : 0;
    for (const effect of effects) this.#perform(row, effect);
    if (first.kind === 'journal') reportChange(telemetry, row, { state, run, durable, lostMs }, first.record);
    if (state === 'suspended' || row.state === 'suspended')
      fleet.suspended(run.session, row.id, row.state === 'suspended');
    if (durable !== row.durable) this.#removeBlobs(obsoleteBlobs(durable, row));
    // The dispatcher has taken a leased task out of its queue already.
    if (state === 'queued' && row.state !== 'queued' && event.type !== 'LEASED')
      this.#parts.queueClasses.left(row);
    this.#follow(row);
    return true;
  }

  /** Takes up a task that the table has just taken in. */
  adopt(row: TaskRow): void {
    if (row.state === 'queued') this.#parts.queueClasses.enqueue(row);
    this.#follow(row);
  }

  /** Records a step of a lease, of which the task's machine knows nothing. Throws PAYLOAD_TOO_LARGE, and changes nothing. */
  record(row: TaskRow, record: CheckpointStepRecord): void {
    const { durable } = row;
    this.#apply(row, record);
    this.#removeBlobs(obsoleteBlobs(durable, row));
    this.touch();
  }

  /** Requests a turn; all input until then shares it. */
  touch(): void {
    if (this.#turnRequested || this.#closed) return;
    this.#turnRequested = true;
    this.#parts.clock.defer(() => this.#turn());
  }

  /** Requests a turn at `at`, when time alone may change what is decided. */
  wakeAt(at: EpochMs): void {
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    this.#parts.clock.wakeAt(at, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.touch();
    });
  }

  close(): void {
    this.#closed = true;
  }

  #turn(): void {
    this.#turnRequested = false;
    if (this.#closed) return;
    this.#parts.dispatch();
    this.#parts.outbox.flush();
  }

  #perform(row: TaskRow, effect: TaskEffect): void {
    const { assignments, signals, events, progress, predictions, verdicts } = this.#parts;
    switch (effect.kind) {
      case 'journal':
        return this.#apply(row, effect.record);
      case 'assign':
        // A new attempt begins without progress.
        if (progress.size > 0) progress.delete(row.id);
        return assignments.add(row);
      case 'stop':
        return signals.stop(row);
      case 'preempt':
        return signals.preempt(row);
      case 'thaw':
        return signals.resume(row, effect.decision);
      case 'enqueue':
        return this.#parts.queueClasses.enqueue(row);
      case 'announce':
        return events.emit(row, effect.event);
      case 'settle':
        if (progress.size > 0) progress.delete(row.id);
        if (predictions.size > 0) predictions.forget(row.id);
        return verdicts.settled(row);
    }
  }

  #apply(
    row: TaskRow,
    record: Extract<TaskEffect, { kind: 'journal' }>['record'] | CheckpointStepRecord,
  ): void {
    this.#parts.outbox.record(record);
    this.#parts.state.table.apply(row, record);
  }

  #follow(row: TaskRow): void {
    this.#parts.timers.set(row, nextDeadline(row)?.at);
    this.touch();
  }

  #removeBlobs(refs: readonly string[]): void {
    const { outbox, blobs } = this.#parts;
    if (refs.length > 0) outbox.afterCommit(() => blobs?.remove(refs));
  }
}
