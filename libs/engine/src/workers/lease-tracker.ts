import type { LeaseRef, QuietLease, SuspendedLease } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { DEFAULT_POLICY, demandOf } from '@precedent/scheduling';
import { isAssignedAhead, isLeftAlone } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { OverdueLeases } from './overdue-leases.ts';
import type { SignalSender } from './signal-sender.ts';
import { leaseKeyOf } from './worker-session.ts';
import type { WorkerSession } from './worker-session.ts';

/** A lease that its worker does not list after so many heartbeats was lost on the way. */
const MISSING_HEARTBEATS = 2;

const NO_LEASES: ReadonlySet<string> = new Set();

/** The leases that a heartbeat lists. */
export interface HeldLeases {
  /** All leases of the session, also the suspended ones. */
  readonly running: readonly LeaseRef[];
  readonly quiet: readonly QuietLease[];
  readonly frozen: readonly SuspendedLease[];
}

export type LeaseTrackerParts = Pick<
  BaseParts,
  'clock' | 'random' | 'telemetry' | 'options' | 'state' | 'fleet' | 'limits'
> & {
  readonly core: CellCore;
  readonly signals: SignalSender;
  readonly overdue: OverdueLeases;
};

/**
 * Keeps the leases of the table and those of the workers in agreement: reconciles them with each heartbeat, and ends the leases of a lost
 * worker. The machine of a task whose lease was lost requeues or settles it.
 */
export class LeaseTracker {
  readonly #parts: LeaseTrackerParts;

  constructor(parts: LeaseTrackerParts) {
    this.#parts = parts;
  }

  /**
   * Compares a heartbeat with the table. The order matters: suspensions are confirmed first, so that no signal is repeated to a lease that
   * has obeyed; then signals that were not obeyed are repeated, overdue leases are noted, lost leases end, and silent attempts time out.
   */
  reconcile(session: WorkerSession, { running, quiet, frozen }: HeldLeases): void {
    const isSuspending = frozen.length + session.suspended.size > 0;
    const suspended = isSuspending ? this.#confirmSuspended(session, frozen) : NO_LEASES;
    this.#repeatSignals(session, running, suspended);
    this.#parts.overdue.check(session, running);
    this.#loseMissing(session, running);
    for (const lease of quiet) this.#checkQuiet(session, lease);
  }

  /** The worker itself reports nothing now: what the engine knows decides. */
  checkOverdue(session: WorkerSession): void {
    const leases = [...session.leases].map(([id, { epoch }]): LeaseRef => [id, epoch]);
    this.#parts.overdue.check(session, leases);
  }

  /** The session is over: all its leases are lost. */
  loseAll(session: WorkerSession, why: string): void {
    const { table } = this.#parts.state;
    const message = `worker ${session.profile.worker} is gone (${why})`;
    for (const [id, { epoch }] of session.leases) {
      const row = table.leaseOf(session.session, [id, epoch]);
      // One that waited for a slot has lost nothing with the worker.
      if (row) this.#lose(row, message, isAssignedAhead(row) ? 'RETURNED' : 'LOST');
    }
  }

  /** After a recovery: a session that the journal names holds its leases until it reports, or until it was silent for too long. */
  restore(row: TaskRow, now: EpochMs): void {
    const { fleet, limits } = this.#parts;
    const { session, worker } = row.run;
    if (session === undefined || worker === undefined) return;
    const opened = fleet.open(session, now);
    opened.profile = { ...opened.profile, worker };
    const usage = demandOf(row.class.resources);
    const lease = { epoch: row.epoch, since: now, usage, band: rankOf(row.class.band) };
    limits.hold([row.id, row.epoch]);
    if (isAssignedAhead(row)) return fleet.holdAhead(opened, row, lease);
    opened.hold(row.id, lease);
    if (row.state === 'suspended') fleet.setSuspended(session, row.id, true);
  }

  /**
   * A lease that is frozen by its current decision gives up its slot. A lease that should run by now is sent the signal to resume again,
   * in case the first one was lost. Returns the keys of the frozen leases.
   */
  #confirmSuspended(session: WorkerSession, frozen: readonly SuspendedLease[]): ReadonlySet<string> {
    const { clock, options, state, core, signals } = this.#parts;
    const now = clock.now();
    const { frozenMsMax } = options.preemption ?? DEFAULT_POLICY;
    for (const [id, epoch, decision] of frozen) {
      const row = state.table.leaseOf(session.session, [id, epoch]);
      if (row === undefined) continue;
      const { preempt } = row.run;
      const isOrdered = preempt?.mode === 'suspend' && preempt.decision === decision;
      if (!isOrdered) signals.resume(row, decision);
      else if (row.state === 'preempting')
        core.drive(row, { type: 'SUSPENDED', at: now, epoch, until: now + frozenMsMax });
    }
    return new Set(frozen.map(([id, epoch]) => leaseKeyOf([id, epoch])));
  }

  /** Stops orphaned leases, and repeats the signals that the worker has not obeyed yet. */
  #repeatSignals(session: WorkerSession, running: readonly LeaseRef[], suspended: ReadonlySet<string>): void {
    const { state, signals } = this.#parts;
    signals.recall(session.session, session.ahead.notReturned(running));
    for (const [id, epoch] of running) {
      const row = state.table.leaseOf(session.session, [id, epoch]);
      if (row === undefined) signals.stopOrphan(session.session, id, epoch);
      else if (row.state === 'stopping') signals.stop(row);
      else if (row.state === 'preempting') signals.preempt(row);
      else if (row.state === 'suspended' && !suspended.has(leaseKeyOf([id, epoch]))) signals.preempt(row);
    }
  }

  /** Ends the leases that the worker should hold and does not list: the assignment, or the report, was lost on the way. */
  #loseMissing(session: WorkerSession, running: readonly LeaseRef[]): void {
    const { clock, options, state, core, telemetry } = this.#parts;
    const listed = new Set(running.map(leaseKeyOf));
    session.forgetReleasing(listed);
    const before = clock.now() - MISSING_HEARTBEATS * options.worker.heartbeatMs;
    const { worker } = session.profile;
    for (const [id, { epoch, since }] of session.leases) {
      if (since > before || listed.has(leaseKeyOf([id, epoch]))) continue;
      session.release([id, epoch]);
      telemetry.emit({ name: 'lease.missing', id, epoch, worker });
      const row = state.table.leaseOf(session.session, [id, epoch]);
      if (row) this.#lose(row, `worker ${worker} does not know of the lease`, 'RETURNED');
    }
    core.requestTurn();
  }

  #checkQuiet(session: WorkerSession, [id, epoch, quietMs]: QuietLease): void {
    const { clock, state, core } = this.#parts;
    const row = state.table.leaseOf(session.session, [id, epoch]);
    if (row === undefined || !(row.state === 'running' || isLeftAlone(row))) return;
    const { heartbeat } = row.class.timeouts;
    if (heartbeat > 0 && quietMs > heartbeat)
      core.drive(row, { type: 'HEARTBEAT_EXPIRED', at: clock.now(), epoch });
  }

  #lose(row: TaskRow, message: string, type: 'LOST' | 'RETURNED'): void {
    const { clock, random, core } = this.#parts;
    const error: Problem = { code: 'WORKER_LOST', message };
    core.drive(row, { type, at: clock.now(), epoch: row.epoch, error, jitter: random() });
  }
}
