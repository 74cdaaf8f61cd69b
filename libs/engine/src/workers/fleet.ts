import type { LeaseRef, MachineLoad, WorkerHello } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import { NO_AMOUNTS, demandOf, lacks } from '@precedent/scheduling';
import type { QueueClass } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import { NO_LISTENER } from './session-listener.ts';
import type { SessionListener } from './session-listener.ts';
import { WorkerSession } from './worker-session.ts';
import type { ExpressLease, HeldLease } from './worker-session.ts';

/** The worker sessions of a cell, and which of them can run the tasks of a queue class. */
export class Fleet {
  readonly #listener: SessionListener;
  readonly #sessions = new Map<string, WorkerSession>();
  /** Sessions on which a lease was suspended, and may still be. */
  readonly #withSuspended = new Set<WorkerSession>();
  /** Sessions above their slot count, and sessions that were until recently. */
  readonly #withExpress = new Set<WorkerSession>();
  /** Sessions with leases that were assigned ahead, and sessions that had some until recently. */
  readonly #withAhead = new Set<WorkerSession>();
  #eligible = new Map<string, readonly WorkerSession[]>();

  constructor(listener: SessionListener = NO_LISTENER) {
    this.#listener = listener;
  }

  get(session: string): WorkerSession | undefined {
    return this.#sessions.get(session);
  }

  all(): IterableIterator<WorkerSession> {
    return this.#sessions.values();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** All leases whose code has not ended. */
  *leases(): Generator<LeaseRef> {
    for (const session of this.#sessions.values()) yield* session.held();
  }

  /** The session with this id; a new one when there is none. */
  open(session: string, now: EpochMs): WorkerSession {
    const known = this.#sessions.get(session);
    if (known) return known;
    const opened = new WorkerSession(session, now, this.#listener);
    this.#sessions.set(session, opened);
    return opened;
  }

  join(session: WorkerSession, hello: WorkerHello, now: EpochMs): void {
    const { session: _, running: __, unstarted: ___, load, ...profile } = hello;
    session.profile = profile;
    session.machineLoad = load ?? session.machineLoad;
    session.backsOff = false;
    session.heard(now);
    session.send({ type: 'HELLO' });
    this.#eligible.clear();
  }

  /** The lease was sent to its worker. From now on it counts as lost when the worker does not list it. */
  markDelivered(session: string, [id, epoch]: LeaseRef, now: EpochMs): void {
    const leases = this.#sessions.get(session)?.leases;
    const lease = leases?.get(id);
    if (lease?.epoch === epoch) leases?.set(id, { ...lease, since: now });
  }

  /** Whether the lease was sent to its worker. */
  isDelivered(session: string, [id, epoch]: LeaseRef): boolean {
    const lease = this.#sessions.get(session)?.leases.get(id);
    return lease?.epoch === epoch && Number.isFinite(lease.since);
  }

  /** Frees the slot of a lease that was suspended, or takes a slot again for one that is resumed. */
  setSuspended(sessionId: string | undefined, id: string, isSuspended: boolean): void {
    const session = this.#sessions.get(sessionId ?? '');
    if (session === undefined) return;
    if (!isSuspended) return session.resume(id);
    session.suspend(id);
    this.#withSuspended.add(session);
  }

  /** The sessions with suspended leases. */
  withSuspended(): Generator<WorkerSession> {
    return those(this.#withSuspended, ({ suspended }) => suspended.size > 0);
  }

  /** Adds a lease that waits at the worker for a slot. */
  leaseAhead(session: WorkerSession, row: TaskRow, rank: BandRank): void {
    const { id, order, class: kind } = row;
    const usage = demandOf(kind.resources);
    session.leaseAhead(id, { epoch: row.epoch + 1, rank, order, usage }, rankOf(kind.band));
    this.#withAhead.add(session);
  }

  /** Adds a lease of a recovered task, which may wait at the worker for a slot: the worker says so in its next hello. */
  holdAhead(session: WorkerSession, row: TaskRow, lease: HeldLease): void {
    const { usage, band, epoch } = lease;
    session.hold(row.id, { ...lease, usage: NO_AMOUNTS });
    session.ahead.add(row.id, { epoch, rank: band, order: row.order, usage });
    this.#withAhead.add(session);
  }

  /** The sessions with leases that were assigned ahead. */
  withAhead(): Generator<WorkerSession> {
    return those(this.#withAhead, ({ ahead }) => ahead.size > 0);
  }

  /** The lease runs above the slot count of its session. */
  exceeded(session: WorkerSession, id: string, now: EpochMs): void {
    session.exceed(id, now);
    this.#withExpress.add(session);
  }

  /** The leases in express slots that began at this time or before. */
  *exceededUntil(at: EpochMs): Generator<{ session: WorkerSession; id: string; lease: ExpressLease }> {
    for (const session of this.withExpress())
      for (const [id, lease] of session.express) if (lease.since <= at) yield { session, id, lease };
  }

  /** The sessions above their slot count. */
  withExpress(): Generator<WorkerSession> {
    return those(this.#withExpress, ({ express }) => express.size > 0);
  }

  /** A session changed, so other queue classes may fit it. */
  forgetEligible(): void {
    this.#eligible.clear();
  }

  close(session: WorkerSession, event: WorkerSessionEvent): void {
    session.send(event);
    session.close();
    for (const id of session.express.keys()) session.endExpress(id, 'lost');
    for (const name of session.overdue.keys()) session.endOverdue(name, 'lost');
    this.#sessions.delete(session.session);
    this.#withSuspended.delete(session);
    this.#withExpress.delete(session);
    this.#withAhead.delete(session);
    this.#eligible.clear();
  }

  /** The other sessions of the same worker: its new session replaces them. */
  previousSessionsOf(hello: WorkerHello): WorkerSession[] {
    return [...this.#sessions.values()].filter(
      (other) => other.profile.worker === hello.worker && other.session !== hello.session,
    );
  }

  /** The sessions that can run the tasks of a queue class, also those without a free slot. Cached until a worker comes, goes or changes. */
  eligible(queueClass: QueueClass<TaskRow>): readonly WorkerSession[] {
    const known = this.#eligible.get(queueClass.key);
    if (known) return known;
    const fitting = [...this.#sessions.values()].filter(
      (session) => session.state === 'ready' && lacks(session.profile, queueClass.placement) === undefined,
    );
    this.#eligible.set(queueClass.key, fitting);
    return fitting;
  }

  /** The number of workers at each load level; a worker that reports no load is not counted. */
  get loads(): Readonly<Record<MachineLoad['level'], number>> {
    const loads = { ...NO_LOADS };
    for (const { machineLoad } of this.#sessions.values()) if (machineLoad) loads[machineLoad.level]++;
    return loads;
  }

  /** Workers whose event loop is blocked. */
  get blocked(): number {
    let count = 0;
    for (const session of this.#sessions.values()) if (session.blocked) count++;
    return count;
  }

  /** Slots whose code has not left by its deadline. */
  get overdue(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.overdue.size;
    return sum;
  }

  get slots(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.profile.slots;
    return sum;
  }
}

const NO_LOADS = { normal: 0, elevated: 0, high: 0, critical: 0 };

/** The sessions of the set for which it is still so; the others leave the set. */
function* those(
  sessions: Set<WorkerSession>,
  isStill: (session: WorkerSession) => boolean,
): Generator<WorkerSession> {
  for (const session of sessions) {
    if (isStill(session)) yield session;
    else sessions.delete(session);
  }
}
