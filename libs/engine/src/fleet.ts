import type { LeaseRef, MachineLoad, WorkerHello, WorkerView } from '@precedent/contract-types';
import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import { ChurnMap } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { workerSessionMachine } from '@precedent/lifecycle';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import { NO_AMOUNTS, frozen, lacks, loadAdmission, minus, plus, supplyOf } from '@precedent/scheduling';
import type { Admission, Amounts, Capacity, QueueClass, LoadedWorker } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';

/** A lease that occupies a slot, until its worker says that nothing of it runs any more. */
export interface HeldLease {
  readonly epoch: number;
  /** When its worker was told of it; `NOT_YET` until the lease is durable. */
  readonly since: EpochMs;
  readonly usage: Amounts;
  readonly band: BandRank;
}

const NOT_YET = Number.POSITIVE_INFINITY;

type Offer = Omit<WorkerHello, 'session' | 'running' | 'load'>;

const UNKNOWN: Offer = {
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
  readonly leases = new ChurnMap<string, HeldLease>();
  /** Sections that must not be cut, by task. */
  readonly atomic = new Map<string, { readonly since: EpochMs; readonly maxMs: number }>();
  /** What its leases occupy. */
  used: Amounts = NO_AMOUNTS;
  /** What is reserved on it for tasks that still wait. */
  reserved: Amounts = NO_AMOUNTS;
  /** How busy its machine is, as it last said. */
  machine: MachineLoad | undefined;
  /** Leases, as `id@epoch`, whose task is leased here anew though their code has not said that it stopped; what they occupy. */
  readonly lingering = new Map<string, Amounts>();
  /** Leases that are frozen, by task, and what each will occupy again when it is thawed. */
  readonly frozen = new Map<string, Amounts>();
  readonly connectedAt: EpochMs;
  /**
   * It handed a lease back, or could not be reached: it gets nothing more before its next heartbeat. Or a task and a worker that cannot begin it, full or
   * draining unheard, would go round between them as fast as the journal can write.
   */
  declines = false;
  /** Since when nobody took what was sent there; `undefined` as soon as anything is heard of it. */
  missedAt: EpochMs | undefined;
  offer: Offer = UNKNOWN;
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
    return this.state === 'ready' && !this.declines ? this.unused : 0;
  }

  /** Slots in which nothing runs and that nobody is promised; a worker that drains takes nothing new into them. */
  get unused(): number {
    return Math.max(0, this.offer.slots - this.busy - this.reserved.slots);
  }

  /** What the load of its machine limits; `undefined` while that is no matter. */
  get loaded(): LoadedWorker | undefined {
    const limits = this.machine;
    if (limits === undefined || (limits.throttled.length === 0 && limits.recommended >= this.offer.slots))
      return undefined;
    return { limits, busy: this.busy + this.reserved.slots, highest: this.#highest };
  }

  /** Whether the load of its machine lets it take a task of the band now. */
  admission(band: BandRank): Admission {
    const { loaded } = this;
    return loaded ? loadAdmission(band, loaded.limits, loaded) : { admits: true };
  }

  /** The highest band that runs; what is frozen does not. */
  get #highest(): BandRank | undefined {
    let highest: BandRank | undefined;
    for (const [id, { band }] of this.leases)
      if (!this.frozen.has(id) && (highest === undefined || band > highest)) highest = band;
    return highest;
  }

  /** What it has to give. */
  get supply(): Amounts {
    return supplyOf(this.offer.slots, this.offer.resources);
  }

  get busy(): number {
    return this.leases.size - this.frozen.size + this.lingering.size;
  }

  /** Whether an attempt of the type can be frozen here. No more are frozen than could run: each holds its memory. */
  suspends(type: string): boolean {
    return this.offer.suspends?.includes(type) === true && this.frozen.size < this.offer.slots;
  }

  /** A lease that its worker is yet to be told of. */
  lease([id, epoch]: LeaseRef, { usage, band }: Pick<HeldLease, 'usage' | 'band'>): void {
    this.thaw(id);
    const before = this.leases.get(id);
    if (before) this.lingering.set(nameOf([id, before.epoch]), before.usage);
    this.hold(id, { epoch, since: NOT_YET, usage, band });
  }

  hold(id: string, lease: HeldLease): void {
    this.leases.set(id, lease);
    this.used = plus(this.used, lease.usage);
  }

  /** The lease is frozen: its slot and its processors are free. */
  freeze(id: string): void {
    const lease = this.leases.get(id);
    if (lease === undefined || this.frozen.has(id)) return;
    this.frozen.set(id, lease.usage);
    this.#occupy(id, lease, frozen(lease.usage));
  }

  /** It runs again, to go on or to be ended. */
  thaw(id: string): void {
    const [usage, lease] = [this.frozen.get(id), this.leases.get(id)];
    if (usage === undefined || lease === undefined) return;
    this.frozen.delete(id);
    this.#occupy(id, lease, usage);
  }

  #occupy(id: string, lease: HeldLease, usage: Amounts): void {
    this.used = plus(minus(this.used, lease.usage), usage);
    this.leases.set(id, { ...lease, usage });
  }

  /** Nothing of the lease runs any more. */
  release([id, epoch]: LeaseRef): void {
    const name = nameOf([id, epoch]);
    const lease = this.leases.get(id);
    const isCurrent = lease?.epoch === epoch;
    const usage = isCurrent ? lease.usage : this.lingering.get(name);
    if (usage === undefined) return;
    this.used = minus(this.used, usage);
    if (!isCurrent) return void this.lingering.delete(name);
    this.leases.delete(id);
    this.frozen.delete(id);
    this.atomic.delete(id);
  }

  /** Those that the worker does not list any more have ended. */
  forgetLingering(listed: ReadonlySet<string>): void {
    for (const [name, usage] of this.lingering) {
      if (listed.has(name)) continue;
      this.lingering.delete(name);
      this.used = minus(this.used, usage);
    }
  }

  heard(at: EpochMs): void {
    this.lastHeardAt = at;
    this.missedAt = undefined;
  }

  /** Nobody took what was sent there: it gets nothing more before it is heard. Gives for how long that is so. Milliseconds. */
  missed(at: EpochMs): number {
    this.missedAt ??= at;
    this.declines = true;
    return at - this.missedAt;
  }

  send(event: WorkerSessionEvent): void {
    this.#life.send(event);
  }

  snapshot(): WorkerView {
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
      ...(this.machine && { load: this.machine }),
    };
  }
}

/** The worker sessions of a cell, and who of them fits which lane. */
export class Fleet {
  readonly #sessions = new Map<string, WorkerSession>();
  /** Sessions on which a lease was frozen, and may be still. */
  readonly #freezing = new Set<WorkerSession>();
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
    const { session: _, running: __, load, ...offer } = hello;
    session.offer = offer;
    session.machine = load ?? session.machine;
    session.declines = false;
    session.heard(now);
    session.send({ type: 'HELLO' });
    this.#eligible.clear();
  }

  /** The lease is on its way to its worker: from now on it can be missing there. */
  handedOut(session: string, [id, epoch]: LeaseRef, now: EpochMs): void {
    const leases = this.#sessions.get(session)?.leases;
    const lease = leases?.get(id);
    if (lease?.epoch === epoch) leases?.set(id, { ...lease, since: now });
  }

  /** A lease was frozen, or is frozen no more. */
  frozen(sessionId: string | undefined, id: string, isFrozen: boolean): void {
    const session = this.#sessions.get(sessionId ?? '');
    if (session === undefined) return;
    if (!isFrozen) return session.thaw(id);
    session.freeze(id);
    this.#freezing.add(session);
  }

  /** The sessions with frozen leases. */
  *freezing(): Generator<WorkerSession> {
    for (const session of this.#freezing) {
      if (session.frozen.size > 0) yield session;
      else this.#freezing.delete(session);
    }
  }

  changed(): void {
    this.#eligible.clear();
  }

  close(session: WorkerSession, event: WorkerSessionEvent): void {
    session.send(event);
    this.#sessions.delete(session.session);
    this.#freezing.delete(session);
    this.#eligible.clear();
  }

  /** Other sessions of the same worker: a new session of it means that they are over. */
  rivalsOf(hello: WorkerHello): WorkerSession[] {
    return [...this.#sessions.values()].filter(
      (other) => other.offer.worker === hello.worker && other.session !== hello.session,
    );
  }

  /** The sessions that fit a lane, busy ones too. Kept until a worker comes, goes or changes. */
  eligible(lane: QueueClass<TaskRow>): readonly WorkerSession[] {
    const known = this.#eligible.get(lane.key);
    if (known) return known;
    const fitting = [...this.#sessions.values()].filter(
      (session) => session.state === 'ready' && lacks(session.offer, lane.placement) === undefined,
    );
    this.#eligible.set(lane.key, fitting);
    return fitting;
  }

  /** How many workers are how busy; those that do not say are not counted. */
  get loads(): Readonly<Record<MachineLoad['level'], number>> {
    const loads = { ...NO_LOADS };
    for (const { machine } of this.#sessions.values()) if (machine) loads[machine.level]++;
    return loads;
  }

  get slots(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.offer.slots;
    return sum;
  }
}

const NO_LOADS = { normal: 0, elevated: 0, high: 0, critical: 0 };

export const holds = (session: WorkerSession, [id, epoch]: LeaseRef): boolean =>
  session.leases.get(id)?.epoch === epoch;

/** A lease in one word. */
export const nameOf = ([id, epoch]: LeaseRef): string => `${id}@${epoch}`;
