import type {
  BlockedLoop,
  HelloReply,
  JobBody,
  LeaseRef,
  LeaseStep,
  MachineLoad,
  QuietLease,
  SettledLease,
  SuspendedLease,
  WorkerHello,
} from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import type { LeasedTask, OrProblem, Reply, WorkerApi } from '@precedent/ports';
import { classRulesOf } from '@precedent/scheduling';
import { isAssignedAhead, mayRetryAfter } from '@precedent/tasks';
import type { TaskMachineEvent, TaskRow } from '@precedent/tasks';
import type { CellCore } from '../cell/cell-core.ts';
import type { BaseParts } from '../cell/base-parts.ts';
import type { FeedPublisher } from '../tasks/feed-publisher.ts';
import { validated } from '../validation/validation.ts';
import type { CheckpointRecorder } from './checkpoint-recorder.ts';
import type { LeaseTracker } from './lease-tracker.ts';
import { CONFIRM_MS } from './worker-probes.ts';
import type { WorkerProbes } from './worker-probes.ts';
import { blockedText } from './blocked-text.ts';
import { holdsLease, leaseKeyOf } from './worker-session.ts';
import type { WorkerSession } from './worker-session.ts';

/** Heartbeats of silence after which the engine requests that the worker identify itself. */
const IDENTIFY_AFTER_HEARTBEATS = 1.5;

/** States of a task whose lease the engine has not ordered to end. */
const NOT_ORDERED_TO_END: readonly TaskRow['state'][] = ['running', 'suspended'];

export type WorkerSessionsParts = Pick<
  BaseParts,
  | 'clock'
  | 'random'
  | 'telemetry'
  | 'options'
  | 'state'
  | 'fleet'
  | 'workers'
  | 'outbox'
  | 'progress'
  | 'conditions'
> & {
  readonly core: CellCore;
  readonly events: FeedPublisher;
  readonly leases: LeaseTracker;
  readonly probes: WorkerProbes;
  readonly checkpoints: CheckpointRecorder;
};

/**
 * Takes the reports of worker sessions, and decides when a session is over. A report about a lease counts only with its current epoch and
 * from the session that holds it.
 */
export class WorkerSessions implements WorkerApi {
  readonly #parts: WorkerSessionsParts;
  #staleReports = 0;

  constructor(parts: WorkerSessionsParts) {
    this.#parts = parts;
    parts.workers.onUnreachable((session) => this.#unreachable(session));
  }

  /** How many reports were about leases that had ended, or were never made. */
  get staleReports(): number {
    return this.#staleReports;
  }

  hello(hello: WorkerHello, reply: Reply<OrProblem<HelloReply>>): void {
    const { fleet, options, telemetry, clock, outbox, core, probes } = this.#parts;
    const now = clock.now();
    const earlier = fleet.previousSessionsOf(hello);
    if (earlier.some((previous) => !isSameCredential(previous.session, hello.session)))
      return reply({ error: nameTaken(hello.worker) });
    for (const previous of earlier) this.#close(previous, { type: 'REPLACED' });
    const session = fleet.open(hello.session, now);
    fleet.join(session, hello, now);
    this.#findStarted(session, hello, now);
    this.#findExcess(session, now);
    if (session.leases.size > 0) probes.arm();
    const keep = hello.running.filter((lease) => holdsLease(session, lease));
    const { worker, slots } = hello;
    telemetry.emit({ name: 'worker.joined', worker, session: hello.session, slots });
    const { leaseMs, heartbeatMs } = options.worker;
    outbox.afterCommit(() => reply({ ok: true, leaseMs, heartbeatMs, keep }));
    core.requestTurn();
  }

  /** Leases that were assigned ahead and have started, as far as no report has said so: the engine is another one, or the report is on its way. */
  #findStarted(session: WorkerSession, { running, unstarted = [] }: WorkerHello, now: EpochMs): void {
    if (session.ahead.size === 0) return;
    const waiting = new Set(unstarted.map(leaseKeyOf));
    for (const lease of running) if (!waiting.has(leaseKeyOf(lease))) this.#started(session, lease, now);
  }

  /** A lease that was assigned ahead has taken its slot. */
  #started(session: WorkerSession, lease: LeaseRef, now: EpochMs): void {
    const { state, core } = this.#parts;
    session.start(lease, now);
    const row = state.table.leaseOf(session.session, lease);
    if (row && isAssignedAhead(row)) core.began(row, now);
  }

  /** What runs above the slot count of the worker, after a recovery or when it comes back with fewer slots, does so in express slots. */
  #findExcess(session: WorkerSession, now: EpochMs): void {
    const { fleet, options, core } = this.#parts;
    const { preemption } = options;
    if (preemption === undefined) return;
    for (const id of session.leasesAbove((band) => classRulesOf(preemption, band).usesExpress)) {
      fleet.exceeded(session, id, now);
      core.requestTurnAt(now + preemption.excessMs);
    }
  }

  heartbeat(
    sessionId: string,
    running: readonly LeaseRef[],
    quiet: readonly QuietLease[],
    frozen: readonly SuspendedLease[] = [],
  ): void {
    const session = this.#heard(sessionId);
    // `who` and `ping` are the spellings of the wire for a request to identify.
    if (session === undefined) return this.#parts.workers.signal(sessionId, [{ kind: 'who' }]);
    session.backsOff = false;
    this.#parts.leases.reconcile(session, { running, quiet, frozen });
  }

  /** Counts also for a session that this engine has not heard itself: it cannot say hello before its event loop goes on. */
  blocked(sessionId: string, blocked: BlockedLoop): void {
    const { fleet, clock, leases } = this.#parts;
    const session = fleet.get(sessionId);
    if (session === undefined) return;
    const isNew = session.heardBlocked(clock.now(), blocked);
    leases.checkOverdue(session);
    if (isNew) this.#announceBlocked(session, blocked);
  }

  #announceBlocked(session: WorkerSession, { tasks }: BlockedLoop): void {
    const { clock, telemetry, state, events } = this.#parts;
    const { profile, blocked } = session;
    if (blocked === undefined) return;
    telemetry.emit({ name: 'worker.blocked', worker: profile.worker, at: clock.now(), ...blocked });
    for (const lease of tasks) {
      const row = state.table.leaseOf(session.session, lease);
      if (row) events.report(row, 'blocking', { message: blockedText(profile.worker, blocked) });
    }
  }

  progress(sessionId: string, lease: LeaseRef, fraction: number, message?: string): void {
    const { state, progress, events } = this.#parts;
    const row = state.table.leaseOf(sessionId, lease);
    this.#heard(sessionId);
    if (row === undefined) return;
    progress.set(row.id, message === undefined ? { fraction } : { fraction, message });
    events.report(row, 'progress', { fraction, message });
  }

  recordStep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void {
    const error = this.#parts.checkpoints.record(session, lease, step);
    if (error) return reply({ error });
    this.#parts.outbox.afterCommit(() => reply({ ok: true }));
  }

  /** An attempt inside an atomic section cannot become a victim until the section ends or its time is over. */
  atomic(sessionId: string, lease: LeaseRef, maxMs: number): void {
    const { fleet, state, clock } = this.#parts;
    const session = fleet.get(sessionId);
    if (session === undefined || state.table.leaseOf(sessionId, lease) === undefined) return;
    if (maxMs > 0) session.atomic.set(lease[0], { since: clock.now(), maxMs });
    else session.atomic.delete(lease[0]);
  }

  load(sessionId: string, load: MachineLoad): void {
    const session = this.#parts.fleet.get(sessionId);
    if (session === undefined) return;
    session.machineLoad = load;
    this.#parts.core.requestTurn();
  }

  report(
    sessionId: string,
    settled: readonly SettledLease[],
    reply: Reply<readonly LeaseRef[]>,
    started: readonly LeaseRef[] = [],
  ): void {
    const { clock, fleet, state, core, outbox } = this.#parts;
    this.#heard(sessionId);
    // Also of a session that is silent since a recovery: the report frees its slot, not only the next hello.
    const session = fleet.get(sessionId);
    const refused: LeaseRef[] = [];
    const now = clock.now();
    for (const lease of settled) {
      if (session) this.#ended(session, lease, now);
      const row = state.table.leaseOf(sessionId, [lease.id, lease.epoch]);
      if (row === undefined) refused.push(this.#stale(sessionId, lease));
      else core.drive(row, this.#eventOf(row, lease, now));
    }
    if (session) for (const lease of started) this.#started(session, lease, now);
    outbox.afterCommitAnyTime(() => reply(refused));
    core.requestTurn();
  }

  /** The slot of the lease is free. A lease that waited for one, and was not returned, has started and ended since the last report. */
  #ended(session: WorkerSession, { id, epoch, outcome }: SettledLease, now: EpochMs): void {
    const lease = session.leases.get(id);
    const isCurrent = lease?.epoch === epoch;
    const isAhead = isCurrent && session.ahead.has(id);
    const isReturned = outcome === 'returned';
    if (isAhead && !isReturned) this.#started(session, [id, epoch], now);
    if (isCurrent && !isReturned) session.turnover.ended(isAhead ? now : lease.since, now);
    session.release([id, epoch]);
    if (isReturned && !isAhead) session.backsOff = true;
  }

  holderOf(lease: LeaseRef): string | undefined {
    return this.#parts.state.table.holderOf(lease);
  }

  leased(session: string, lease: LeaseRef): LeasedTask | undefined {
    const row = this.#parts.state.table.leaseOf(session, lease);
    if (row === undefined) return undefined;
    const { namespace, type, by } = row.class;
    const { payload } = JSON.parse(row.body) as JobBody;
    return { id: row.id, namespace, type, payload, by };
  }

  draining(sessionId: string): void {
    this.#heard(sessionId)?.send({ type: 'DRAINING' });
    this.#parts.fleet.forgetEligible();
  }

  bye(sessionId: string, reply: Reply<void>): void {
    const session = this.#parts.fleet.get(sessionId);
    if (session) this.#close(session, { type: 'BYE' });
    this.#parts.outbox.afterCommit(() => reply());
  }

  /** Closes silent sessions, and requests those that may be silent to identify themselves. Called about once a second. */
  checkSilence(now: EpochMs): void {
    const { fleet, options, workers } = this.#parts;
    const { leaseMs, heartbeatMs } = options.worker;
    for (const session of fleet.all()) {
      const silentMs = now - session.lastHeardAt;
      if (silentMs > leaseMs) this.#close(session, { type: 'SILENT' });
      else if (silentMs > IDENTIFY_AFTER_HEARTBEATS * heartbeatMs || session.unreachableSince !== undefined)
        workers.signal(session.session, [{ kind: 'ping' }]);
    }
  }

  #heard(sessionId: string): WorkerSession | undefined {
    const session = this.#parts.fleet.get(sessionId);
    if (session === undefined || session.state === 'absent') return undefined;
    session.heard(this.#parts.clock.now());
    return session;
  }

  #stale(sessionId: string, { id, epoch }: SettledLease): LeaseRef {
    this.#staleReports++;
    const worker = this.#parts.fleet.get(sessionId)?.profile.worker ?? sessionId;
    this.#parts.telemetry.emit({ name: 'report.stale', worker, id, epoch });
    return [id, epoch];
  }

  #eventOf(row: TaskRow, lease: SettledLease, at: EpochMs): TaskMachineEvent {
    const { epoch } = lease;
    const jitter = this.#parts.random();
    const forged = otherSpec(row, lease);
    if (forged) return { type: 'FAILED', at, epoch, error: forged, retryable: false, jitter };
    if (lease.outcome === 'completed') return this.#completed(row, lease, at);
    const error = problemOfReport(lease);
    if (lease.outcome === 'returned') return { type: 'RETURNED', at, epoch, error, jitter };
    // The worker stopped without an order, so it gave up the lease: the attempt is lost, not failed.
    if (lease.outcome === 'stopped')
      return { type: NOT_ORDERED_TO_END.includes(row.state) ? 'LOST' : 'STOPPED', at, epoch, error, jitter };
    if (lease.outcome === 'yielded') return { type: 'YIELDED', at, epoch, jitter };
    const retryable = mayRetryAfter(
      row.class.retry,
      { ...error, name: lease.error?.name },
      lease.error?.retryable,
    );
    return { type: 'FAILED', at, epoch, error, retryable, jitter };
  }

  /** A success, unless a condition on its result does not hold: that is an attempt that failed. */
  #completed(row: TaskRow, { epoch, result }: SettledLease, at: EpochMs): TaskMachineEvent {
    const { validate, retry } = row.class;
    if (validate === undefined) return { type: 'COMPLETED', at, epoch, result };
    const { conditions, random } = this.#parts;
    const { error, read } = validated(validate, { id: row.id, result }, conditions);
    if (error === undefined) return { type: 'COMPLETED', at, epoch, result, read };
    const retryable = mayRetryAfter(retry, error, undefined);
    return { type: 'FAILED', at, epoch, error, retryable, jitter: random() };
  }

  /**
   * A session that reconnects is unreachable for a moment, so it is lost only when a second probe does not reach it either. One that this engine
   * has not heard yet may still be on its way from the engine before: it gets the time of a heartbeat.
   */
  #unreachable(sessionId: string): void {
    const { fleet, probes, options, clock } = this.#parts;
    const session = fleet.get(sessionId);
    if (session === undefined) return;
    const now = clock.now();
    // A failure of long ago was followed by a probe that reached it.
    if (session.state !== 'absent' && now - (session.unreachableSince ?? now) >= 2 * CONFIRM_MS)
      session.unreachableSince = undefined;
    const unreachableMs = session.unreachable(now);
    const lostAfterMs = session.state === 'absent' ? options.worker.heartbeatMs : CONFIRM_MS;
    if (unreachableMs >= lostAfterMs) this.#close(session, { type: 'UNREACHABLE' });
    else if (unreachableMs === 0) probes.confirm(session);
  }

  #close(session: WorkerSession, event: WorkerSessionEvent): void {
    const { fleet, leases, telemetry, core } = this.#parts;
    fleet.close(session, event);
    const why = event.type.toLowerCase();
    leases.loseAll(session, why);
    const { worker } = session.profile;
    telemetry.emit({
      name: 'worker.left',
      worker,
      session: session.session,
      why,
      lost: session.leases.size,
    });
    core.requestTurn();
  }
}

/** Why the result is not of this task: the worker was given another one. A worker of an older version does not say what it ran. */
const otherSpec = ({ id, digest }: TaskRow, lease: SettledLease): Problem | undefined => {
  if (lease.digest === undefined || digest === undefined || lease.digest === digest) return undefined;
  const message = `the worker ran a task with the SHA-256 ${lease.digest}, task ${id} has ${digest}`;
  return { code: 'INTEGRITY_FAILED', message };
};

const problemOfReport = (lease: SettledLease): Problem => {
  if (lease.error === undefined)
    return { code: 'HANDLER_FAILED', message: `the worker reported ${lease.outcome}` };
  const { name: _name, retryable: _retryable, ...problem } = lease.error;
  return problem;
};

/** The ingress puts the credential of a worker, where it knows one, and a dot before the name of its session. */
const isSameCredential = (a: string, b: string): boolean => credentialIn(a) === credentialIn(b);
const credentialIn = (session: string): string => session.slice(0, Math.max(0, session.indexOf('.')));

const nameTaken = (worker: string): Problem => ({
  code: 'FORBIDDEN',
  message: `a worker with another credential is called ${worker}: choose another name, or stop that worker first`,
});
