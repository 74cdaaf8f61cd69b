import type { WorkerSignal } from '@precedent/contract-types';
import { stopReasonOf } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

export type LeaseSignalsParts = Pick<BaseParts, 'clock' | 'workers' | 'outbox'>;

/** Signals to the workers of leases, after the commit. Each may be repeated: a worker that has obeyed ignores it. */
export class LeaseSignals {
  readonly #parts: LeaseSignalsParts;

  constructor(parts: LeaseSignalsParts) {
    this.#parts = parts;
  }

  /** Ends the code of a `stopping` task. */
  stop(row: TaskRow): void {
    const { session, stop } = row.run;
    if (session === undefined || stop === undefined) return;
    const { grace } = row.class.timeouts;
    this.#send(session, {
      kind: 'stop',
      id: row.id,
      epoch: row.epoch,
      reason: stopReasonOf(stop),
      graceMs: grace,
    });
  }

  /** Makes a victim give up its slot, in the mode and by the deadline of the decision. */
  preempt(row: TaskRow): void {
    const { session, preempt } = row.run;
    if (session === undefined || preempt === undefined || preempt.mode === 'delay') return;
    const { id, epoch } = row;
    const leftMs = Math.max(0, preempt.deadline - this.#parts.clock.now());
    if (preempt.mode === 'suspend')
      return this.#send(session, { kind: 'suspend', id, epoch, decision: preempt.decision });
    if (preempt.mode === 'immediate')
      return this.#send(session, { kind: 'stop', id, epoch, reason: 'preempted', graceMs: leftMs });
    this.#send(session, { kind: 'yield', id, epoch, reason: 'preempted', deadlineMs: leftMs });
  }

  /** Lets an attempt that was suspended by this decision go on. */
  resume({ id, epoch, run }: TaskRow, decision: string): void {
    if (run.session !== undefined) this.#send(run.session, { kind: 'resume', id, epoch, decision });
  }

  /** Ends the code of an orphaned lease: its task has moved on. */
  stopOrphan(session: string, id: string, epoch: number): void {
    this.#send(session, { kind: 'stop', id, epoch, reason: 'lease_lost', graceMs: 0 });
  }

  #send(session: string, signal: WorkerSignal): void {
    this.#parts.outbox.afterCommit(() => this.#parts.workers.signal(session, [signal]));
  }
}
