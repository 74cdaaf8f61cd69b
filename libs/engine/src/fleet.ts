import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import type { EpochMs } from '@precedent/kernel';
import { workerSessionMachine } from '@precedent/lifecycle';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import type { LeaseRef, WorkerHello, WorkerSnapshot } from '@precedent/ports';
import { lacks } from '@precedent/scheduling';
import type { Capacity, Lane } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';

/** A lease that occupies a slot, until its worker says that nothing of it runs any more. */
export interface HeldLease {
  readonly epoch: number;
  /** When its worker was told of it; `NOT_YET` until the lease is durable. */
  readonly since: EpochMs;
}

const NOT_YET = Number.POSITIVE_INFINITY;

const UNKNOWN: Omit<WorkerHello, 'session' | 'running'> = {
  worker: '',
  version: '',
  types: [],
  pools: [],
  labels: {},
  resources: {},
  slots: 0,
};

/** One connected life of a worker. */
export class WorkerSession implements Capacity {
  readonly session: string;
  readonly leases = new Map<string, HeldLease>();
  /** Leases, as `id@epoch`, whose task is leased here anew though their code has not said that it stopped. */
  readonly lingering = new Set<string>();
  readonly connectedAt: EpochMs;
  /**
   * It handed a lease back: it gets nothing more before its next heartbeat. Or a task and a worker that cannot begin it, full or
   * draining unheard, would go round between them as fast as the journal can write.
   */
  declines = false;
  offer: Omit<WorkerHello, 'session' | 'running'> = UNKNOWN;
  lastHeardAt: EpochMs;
  readonly #life: Actor<typeof workerSessionMachine>;

  constructor(session: string, now: EpochMs) {
    this.session = session;
    this.connectedAt = now;
    this.lastHeardAt = now;
    this.#life = createActor(workerSessionMachine).start();
  }

  get state(): 'absent' | 'ready' | 'draining' | 'gone' {
    return this.#life.getSnapshot().value;
  }

  get free(): number {
    return this.state === 'ready' && !this.declines ? Math.max(0, this.offer.slots - this.busy) : 0;
  }

  get busy(): number {
    return this.leases.size + this.lingering.size;
  }

  lease(id: string, epoch: number): void {
    const before = this.leases.get(id);
    if (before) this.lingering.add(nameOf([id, before.epoch]));
    this.leases.set(id, { epoch, since: NOT_YET });
  }

  /** Nothing of the lease runs any more. */
  release([id, epoch]: LeaseRef): void {
    if (this.leases.get(id)?.epoch === epoch) this.leases.delete(id);
    else this.lingering.delete(nameOf([id, epoch]));
  }

  send(event: WorkerSessionEvent): void {
    this.#life.send(event);
  }

  snapshot(): WorkerSnapshot {
    const { worker, version, types, pools, labels, slots } = this.offer;
    return {
      id: worker,
      session: this.session,
      state: this.state === 'draining' ? 'draining' : 'ready',
      types,
      pools,
      labels,
      slots,
      busy: this.busy,
      version,
      connectedAt: this.connectedAt,
      lastHeardAt: this.lastHeardAt,
    };
  }
}

/** The worker sessions of a cell, and who of them fits which lane. */
export class Fleet {
  readonly #sessions = new Map<string, WorkerSession>();
  #eligible = new Map<string, readonly WorkerSession[]>();

  get(session: string): WorkerSession | undefined {
    return this.#sessions.get(session);
  }

  all(): IterableIterator<WorkerSession> {
    return this.#sessions.values();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session, made when it is new. */
  open(session: string, now: EpochMs): WorkerSession {
    const known = this.#sessions.get(session);
    if (known) return known;
    const opened = new WorkerSession(session, now);
    this.#sessions.set(session, opened);
    return opened;
  }

  joined(session: WorkerSession, hello: WorkerHello, now: EpochMs): void {
    const { session: _, running: __, ...offer } = hello;
    session.offer = offer;
    session.declines = false;
    session.lastHeardAt = now;
    session.send({ type: 'HELLO' });
    this.#eligible.clear();
  }

  /** The lease is on its way to its worker: from now on it can be missing there. */
  handedOut(session: string, [id, epoch]: LeaseRef, now: EpochMs): void {
    const leases = this.#sessions.get(session)?.leases;
    if (leases?.get(id)?.epoch === epoch) leases.set(id, { epoch, since: now });
  }

  changed(): void {
    this.#eligible.clear();
  }

  close(session: WorkerSession, event: WorkerSessionEvent): void {
    session.send(event);
    this.#sessions.delete(session.session);
    this.#eligible.clear();
  }

  /** Other sessions of the same worker: a new session of it means that they are over. */
  rivalsOf(hello: WorkerHello): WorkerSession[] {
    return [...this.#sessions.values()].filter(
      (other) => other.offer.worker === hello.worker && other.session !== hello.session,
    );
  }

  /** The sessions that fit a lane, busy ones too. Kept until a worker comes, goes or changes. */
  eligible(lane: Lane<TaskRow>): readonly WorkerSession[] {
    const known = this.#eligible.get(lane.key);
    if (known) return known;
    const fitting = [...this.#sessions.values()].filter(
      (session) => session.state === 'ready' && lacks(session.offer, lane.placement) === undefined,
    );
    this.#eligible.set(lane.key, fitting);
    return fitting;
  }

  get slots(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.offer.slots;
    return sum;
  }
}

export const holds = (session: WorkerSession, [id, epoch]: LeaseRef): boolean => session.leases.get(id)?.epoch === epoch;

/** A lease in one word. */
export const nameOf = ([id, epoch]: LeaseRef): string => `${id}@${epoch}`;
