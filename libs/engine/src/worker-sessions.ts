import type {
  HelloReply,
  LeaseRef,
  LeaseStep,
  MachineLoad,
  QuietLease,
  SettledLease,
  SuspendedLease,
  WorkerHello,
} from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { OrProblem, Reply, WorkerApi } from '@precedent/ports';
import { DEFAULT_POLICY, demandOf } from '@precedent/scheduling';
import { isLeftAlone, mayRetryAfter } from '@precedent/tasks';
import type { TaskEventOf, TaskRow } from '@precedent/tasks';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import { bandRankOf } from './cell-core.ts';
import type { CellCore } from './cell-core.ts';
import { CheckpointRecorder } from './checkpoint-recorder.ts';
import { holds, nameOf } from './fleet.ts';
import type { WorkerSession } from './fleet.ts';

/** Heartbeats after which a lease that its worker does not list is taken for lost on the way. */
const MISSING_HEARTBEATS = 2;
/** Heartbeats of silence after which the worker is asked whether it is there. */
const PING_HEARTBEATS = 1.5;

const NONE: ReadonlySet<string> = new Set();

/** States of a lease that nobody has asked to end. */
const WORKS: readonly TaskRow['state'][] = ['running', 'suspended'];

/**
 * Everything that workers say, and what their silence means. Nothing a worker claims is taken on trust: a lease counts
 * only with its current epoch and from the session that holds it.
 */
export class WorkerSessions implements WorkerApi {
  readonly #core: CellCore;
  readonly #checkpoints: CheckpointRecorder;
  staleReports = 0;

  constructor(core: CellCore) {
    this.#core = core;
    this.#checkpoints = new CheckpointRecorder(core);
    core.ports.workers.onUnreachable((session) => this.#missed(session));
  }

  hello(hello: WorkerHello, reply: Reply<OrProblem<HelloReply>>): void {
    const { fleet, options, ports, now } = this.#core;
    for (const rival of fleet.rivalsOf(hello)) this.#close(rival, { type: 'REPLACED' });
    const session = fleet.open(hello.session, now);
    fleet.joined(session, hello, now);
    const keep = hello.running.filter((lease) => holds(session, lease));
    ports.telemetry.emit({
      name: 'worker.joined',
      worker: hello.worker,
      session: hello.session,
      slots: hello.slots,
    });
    const { leaseMs, heartbeatMs } = options.worker;
    this.#core.outbox.afterCommit(() => reply({ ok: true, leaseMs, heartbeatMs, keep }));
    this.#core.touch();
  }

  heartbeat(
    sessionId: string,
    running: readonly LeaseRef[],
    quiet: readonly QuietLease[],
    frozen: readonly SuspendedLease[] = [],
  ): void {
    const session = this.#heard(sessionId);
    if (session === undefined) return this.#core.ports.workers.signal(sessionId, [{ kind: 'who' }]);
    session.declines = false;
    const isFreezing = frozen.length + session.frozen.size > 0;
    const heard = isFreezing ? this.#settleFrozen(session, frozen) : undefined;
    this.#stopStrangers(session, running, heard);
    this.#findMissing(session, running);
    for (const lease of quiet) this.#checkQuiet(session, lease);
  }

  progress(sessionId: string, lease: LeaseRef, fraction: number, message?: string): void {
    const row = this.#core.leaseOf(sessionId, lease);
    this.#heard(sessionId);
    if (row === undefined) return;
    this.#core.progress.set(row.id, message === undefined ? { fraction } : { fraction, message });
    this.#core.announce(row, 'progress', { fraction, message });
  }

  recordStep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void {
    const error = this.#checkpoints.record(session, lease, step);
    if (error) return reply({ error });
    this.#core.outbox.afterCommit(() => reply({ ok: true }));
  }

  /** An attempt inside of an atomic section is no preemption candidate until the section ends or its time is over. */
  atomic(sessionId: string, lease: LeaseRef, maxMs: number): void {
    const session = this.#core.fleet.get(sessionId);
    if (session === undefined || this.#core.leaseOf(sessionId, lease) === undefined) return;
    if (maxMs > 0) session.atomic.set(lease[0], { since: this.#core.now, maxMs });
    else session.atomic.delete(lease[0]);
  }

  load(sessionId: string, load: MachineLoad): void {
    const session = this.#core.fleet.get(sessionId);
    if (session === undefined) return;
    session.machine = load;
    this.#core.touch();
  }

  report(sessionId: string, settled: readonly SettledLease[], reply: Reply<readonly LeaseRef[]>): void {
    this.#heard(sessionId);
    // Also one that was not heard since a recovery: its slot is free with the report, not with the next hello.
    const session = this.#core.fleet.get(sessionId);
    const refused: LeaseRef[] = [];
    const { now } = this.#core;
    for (const lease of settled) {
      session?.release([lease.id, lease.epoch]);
      if (session && lease.outcome === 'returned') session.declines = true;
      const row = this.#core.leaseOf(sessionId, [lease.id, lease.epoch]);
      if (row === undefined) refused.push(this.#stale(sessionId, lease));
      else this.#core.drive(row, this.#eventOf(row, lease, now));
    }
    this.#core.outbox.afterCommitAnyTime(() => reply(refused));
    this.#core.touch();
  }

  draining(sessionId: string): void {
    this.#heard(sessionId)?.send({ type: 'DRAINING' });
    this.#core.fleet.changed();
  }

  bye(sessionId: string, reply: Reply<void>): void {
    this.#left(sessionId, { type: 'BYE' });
    this.#core.outbox.afterCommit(() => reply());
  }

  /** Looks for silence. The engine's tick calls it about once a second. */
  check(now: EpochMs): void {
    const { leaseMs, heartbeatMs } = this.#core.options.worker;
    for (const session of this.#core.fleet.all()) {
      const silentMs = now - session.lastHeardAt;
      if (silentMs > leaseMs) this.#close(session, { type: 'SILENT' });
      else if (silentMs > PING_HEARTBEATS * heartbeatMs || session.missedAt !== undefined)
        this.#core.ports.workers.signal(session.session, [{ kind: 'ping' }]);
    }
  }

  /** After a recovery: the sessions that the journal knows hold their leases until they are heard, or are silent too long. */
  expect(row: TaskRow, now: EpochMs): void {
    const { session, worker } = row.run;
    if (session === undefined || worker === undefined) return;
    const expected = this.#core.fleet.open(session, now);
    expected.offer = { ...expected.offer, worker };
    const usage = demandOf(row.class.resources);
    expected.hold(row.id, { epoch: row.epoch, since: now, usage, band: bandRankOf(row) });
    if (row.state === 'suspended') this.#core.fleet.frozen(session, row.id, true);
  }

  #heard(sessionId: string): WorkerSession | undefined {
    const session = this.#core.fleet.get(sessionId);
    if (session === undefined || session.state === 'absent') return undefined;
    session.heard(this.#core.now);
    return session;
  }

  #stale(sessionId: string, { id, epoch }: SettledLease): LeaseRef {
    this.staleReports++;
    const worker = this.#core.fleet.get(sessionId)?.offer.worker ?? sessionId;
    this.#core.ports.telemetry.emit({ name: 'report.stale', worker, id, epoch });
    return [id, epoch];
  }

  #eventOf(row: TaskRow, lease: SettledLease, at: EpochMs): TaskEventOf {
    const { epoch } = lease;
    const jitter = this.#core.ports.random();
    if (lease.outcome === 'completed') return { type: 'COMPLETED', at, epoch, result: lease.result };
    const error = problemOfReport(lease);
    if (lease.outcome === 'returned') return { type: 'RETURNED', at, epoch, error, jitter };
    // Stopped without being asked to: the worker gave the lease up, so the attempt is lost, not failed.
    if (lease.outcome === 'stopped')
      return { type: WORKS.includes(row.state) ? 'LOST' : 'STOPPED', at, epoch, error, jitter };
    if (lease.outcome === 'yielded') return { type: 'YIELDED', at, epoch, jitter };
    const retryable = mayRetryAfter(
      row.class.retry,
      { ...error, name: lease.error?.name },
      lease.error?.retryable,
    );
    return { type: 'FAILED', at, epoch, error, retryable, jitter };
  }

  /**
   * What is frozen as it was told gives its place up; what should run by now is told again, in case it has not heard. Gives
   * the names of the leases that are frozen.
   */
  #settleFrozen(session: WorkerSession, frozen: readonly SuspendedLease[]): ReadonlySet<string> {
    const { now, options } = this.#core;
    const frozenMsMax = (options.preemption ?? DEFAULT_POLICY).frozenMsMax;
    for (const [id, epoch, decision] of frozen) {
      const row = this.#core.leaseOf(session.session, [id, epoch]);
      if (row === undefined) continue;
      const { preempt } = row.run;
      const isTold = preempt?.mode === 'suspend' && preempt.decision === decision;
      if (!isTold) this.#core.thawLease(row, decision);
      else if (row.state === 'preempting')
        this.#core.drive(row, { type: 'SUSPENDED', at: now, epoch, until: now + frozenMsMax });
    }
    return new Set(frozen.map(([id, epoch]) => nameOf([id, epoch])));
  }

  /** Leases that the worker holds and should not: their task has moved on. Those that it should stop, or freeze, are told. */
  #stopStrangers(
    session: WorkerSession,
    running: readonly LeaseRef[],
    frozen: ReadonlySet<string> = NONE,
  ): void {
    for (const [id, epoch] of running) {
      const row = this.#core.leaseOf(session.session, [id, epoch]);
      if (row === undefined) {
        this.#core.signal(session.session, [{ kind: 'stop', id, epoch, reason: 'lease_lost', graceMs: 0 }]);
      } else if (row.state === 'stopping') this.#core.stopLease(row);
      else if (row.state === 'preempting') this.#core.askVictim(row);
      else if (row.state === 'suspended' && !frozen.has(nameOf([id, epoch]))) this.#core.askVictim(row);
    }
  }

  /** Leases that the worker should hold and does not: the assignment, or the report, was lost on the way. */
  #findMissing(session: WorkerSession, running: readonly LeaseRef[]): void {
    const listed = new Set(running.map(nameOf));
    session.forgetLingering(listed);
    const before = this.#core.now - MISSING_HEARTBEATS * this.#core.options.worker.heartbeatMs;
    for (const [id, { epoch, since }] of session.leases) {
      if (since > before || listed.has(nameOf([id, epoch]))) continue;
      session.release([id, epoch]);
      this.#core.ports.telemetry.emit({ name: 'lease.missing', id, epoch, worker: session.offer.worker });
      const row = this.#core.leaseOf(session.session, [id, epoch]);
      if (row) this.#lose(row, `worker ${session.offer.worker} does not know of the lease`, 'RETURNED');
    }
    this.#core.touch();
  }

  #checkQuiet(session: WorkerSession, [id, epoch, quietMs]: QuietLease): void {
    const row = this.#core.leaseOf(session.session, [id, epoch]);
    if (row === undefined || !(row.state === 'running' || isLeftAlone(row))) return;
    const { heartbeat } = row.class.timeouts;
    if (heartbeat > 0 && quietMs > heartbeat)
      this.#core.drive(row, { type: 'HEARTBEAT_EXPIRED', at: this.#core.now, epoch });
  }

  /** One whose connection is made anew is out for a moment. It is asked for a heartbeat's time whether it is there. */
  #missed(sessionId: string): void {
    const session = this.#core.fleet.get(sessionId);
    const { now, options } = this.#core;
    if (session && session.missed(now) >= options.worker.heartbeatMs)
      this.#close(session, { type: 'UNREACHABLE' });
  }

  #left(sessionId: string, event: WorkerSessionEvent): void {
    const session = this.#core.fleet.get(sessionId);
    if (session) this.#close(session, event);
  }

  #close(session: WorkerSession, event: WorkerSessionEvent): void {
    const { worker } = session.offer;
    this.#core.fleet.close(session, event);
    const why = event.type.toLowerCase();
    for (const [id, { epoch }] of session.leases) {
      const row = this.#core.leaseOf(session.session, [id, epoch]);
      if (row) this.#lose(row, `worker ${worker} is gone (${why})`, 'LOST');
    }
    this.#core.ports.telemetry.emit({
      name: 'worker.left',
      worker,
      session: session.session,
      why,
      lost: session.leases.size,
    });
    this.#core.touch();
  }

  #lose(row: TaskRow, message: string, type: 'LOST' | 'RETURNED'): void {
    const error: Problem = { code: 'WORKER_LOST', message };
    const { now, ports } = this.#core;
    this.#core.drive(row, { type, at: now, epoch: row.epoch, error, jitter: ports.random() });
  }
}

const problemOfReport = (lease: SettledLease): Problem => {
  if (lease.error === undefined)
    return { code: 'HANDLER_FAILED', message: `the worker reported ${lease.outcome}` };
  const { name: _name, retryable: _retryable, ...problem } = lease.error;
  return problem;
};
