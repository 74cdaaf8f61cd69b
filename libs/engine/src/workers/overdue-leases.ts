import type { LeaseRef } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { leavesBy } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { FeedPublisher } from '../tasks/feed-publisher.ts';
import { leaseKeyOf } from './worker-session.ts';
import type { WorkerSession } from './worker-session.ts';

export type OverdueLeasesParts = Pick<BaseParts, 'clock' | 'telemetry' | 'options' | 'state' | 'outbox'> & {
  readonly events: FeedPublisher;
};

/**
 * Finds the leases whose code has not left by the deadline of its stop. Their tasks go on or end without them; their slots stay taken. A lease
 * that a worker lists and no task has any more is one of them, also after a takeover, where no other trace of it is left.
 */
export class OverdueLeases {
  readonly #parts: OverdueLeasesParts;

  constructor(parts: OverdueLeasesParts) {
    this.#parts = parts;
  }

  /** `running`: the leases whose code runs, or whose end is not confirmed yet. */
  check(session: WorkerSession, running: Iterable<LeaseRef>): void {
    const now = this.#parts.clock.now();
    const unknown = new Map<string, EpochMs>();
    for (const lease of running) {
      const name = leaseKeyOf(lease);
      if (session.overdue.has(name)) continue;
      const row = this.#parts.state.table.leaseOf(session.session, lease);
      if (row) this.#checkLeased(session, row, now);
      else this.#checkUnknown(session, lease, unknown);
    }
    session.unknown = unknown;
  }

  #checkLeased(session: WorkerSession, row: TaskRow, now: EpochMs): void {
    const since = leavesBy(row);
    if (since === undefined || now < Math.max(since, session.atomicUntil(row.id))) return;
    this.#begin(session, [row.id, row.epoch], since);
    this.#parts.events.report(row, 'overdue');
  }

  /**
   * The lease of an earlier engine, or one whose end was reported and not confirmed yet. After the next commit that is confirmed, so a
   * worker that lists it still a while later runs its code.
   */
  #checkUnknown(session: WorkerSession, lease: LeaseRef, unknown: Map<string, EpochMs>): void {
    const { clock, outbox, options } = this.#parts;
    const name = leaseKeyOf(lease);
    const confirmedAt = session.unknown.get(name);
    if (confirmedAt === undefined) outbox.afterCommitAnyTime(() => void unknown.set(name, clock.now()));
    else if (clock.now() - confirmedAt < options.worker.heartbeatMs / 2) unknown.set(name, confirmedAt);
    else {
      session.holdOrphan(lease);
      this.#begin(session, lease, confirmedAt);
    }
  }

  #begin(session: WorkerSession, [id, epoch]: LeaseRef, since: EpochMs): void {
    const { clock, telemetry } = this.#parts;
    session.overdue.set(leaseKeyOf([id, epoch]), { id, epoch, since });
    const { worker } = session.profile;
    telemetry.emit({ name: 'overdue.began', worker, task: id, epoch, at: clock.now(), since });
  }
}
