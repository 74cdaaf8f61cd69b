import type { LeaseRef, WorkerSignal } from '@precedent/contract-types';
import { stopReasonOf } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

export type SignalSenderParts = Pick<BaseParts, 'clock' | 'workers' | 'outbox' | 'fleet'>;

/**
 * Sends signals to the workers of leases after the commit, and requests to yield together with the append (ADR 0027). A signal may be
 * repeated: a worker that has obeyed ignores it.
 */
export class SignalSender {
  readonly #parts: SignalSenderParts;

  constructor(parts: SignalSenderParts) {
    this.#parts = parts;
  }

  /** Stops the code of a `stopping` task. */
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

  /** Orders a victim to give up its slot, in the mode and by the deadline of the decision. */
  preempt(row: TaskRow): void {
    const { session, preempt } = row.run;
    if (session === undefined || preempt === undefined || preempt.mode === 'delay') return;
    const { id, epoch } = row;
    const { outbox, clock, fleet, workers } = this.#parts;
    const leftMs = Math.max(0, preempt.deadline - clock.now());
    if (preempt.mode === 'suspend')
      return this.#send(session, { kind: 'suspend', id, epoch, decision: preempt.decision });
    if (preempt.mode === 'immediate')
      return this.#send(session, { kind: 'stop', id, epoch, reason: 'preempted', graceMs: leftMs });
    const order = { kind: 'yield', id, epoch, reason: 'preempted', deadlineMs: leftMs } as const;
    // Without its lease a worker ignores the signal, and a lease leaves after its commit.
    if (fleet.isDelivered(session, [id, epoch])) outbox.withAppend(() => workers.signal(session, [order]));
    else this.#send(session, order);
  }

  /** Resumes an attempt that this decision has suspended. */
  resume({ id, epoch, run }: TaskRow, decision: string): void {
    if (run.session !== undefined) this.#send(run.session, { kind: 'resume', id, epoch, decision });
  }

  /** Stops the code of an orphaned lease: its task has ended, or has another lease. */
  stopOrphan(session: string, id: string, epoch: number): void {
    this.#send(session, { kind: 'stop', id, epoch, reason: 'lease_lost', graceMs: 0 });
  }

  /**
   * Requests leases back that were assigned ahead. It does not wait for a commit: it must arrive before a victim leaves, and what comes of it is
   * reported as any end of a lease.
   */
  recall(session: string, leases: readonly LeaseRef[]): void {
    if (leases.length > 0) this.#parts.workers.signal(session, [{ kind: 'recall', leases }]);
  }

  #send(session: string, signal: WorkerSignal): void {
    this.#parts.outbox.afterCommit(() => this.#parts.workers.signal(session, [signal]));
  }
}
