import type {
  BlockedLoop,
  BlockedView,
  LeaseRef,
  MachineLoad,
  OverdueSlots,
  WorkerHello,
  WorkerView,
} from '@precedent/contract-types';
import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import { ChurnMap } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { workerSessionMachine } from '@precedent/lifecycle';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import type { ExpressEnd, OverdueEnd } from '@precedent/ports';
import { NO_AMOUNTS, frozen, loadAdmission, minus, plus, supplyOf } from '@precedent/scheduling';
import type { Admission, Amounts, Capacity, LoadedWorker } from '@precedent/scheduling';
import { AheadLeases } from './ahead-leases.ts';
import type { AheadLease } from './ahead-leases.ts';
import { NO_LISTENER } from './session-listener.ts';
import type { OverdueLease, SessionListener } from './session-listener.ts';
import { SessionTurnover } from './turnover.ts';

/** The last progress that each running attempt has reported, by task. */
export type ReportedProgress = Map<string, { readonly fraction: number; readonly message?: string }>;

/** A lease that takes a slot until its worker reports that no code of it runs any more. */
export interface HeldLease {
  readonly epoch: number;
  /** When it was sent to its worker, or started there after it had waited; `NOT_YET` until the lease is durable. */
  readonly since: EpochMs;
  readonly usage: Amounts;
  readonly band: BandRank;
}

/** A lease in an express slot. */
export interface ExpressLease {
  readonly since: EpochMs;
  readonly usage: Amounts;
}

/** Overdue tasks that a view names, at most. */
const OVERDUE_NAMED_MAX = 10;

/** What an orphaned lease takes whose resources are not known any more. */
const ORPHAN_USAGE: Amounts = { ...NO_AMOUNTS, slots: 1 };

const NOT_YET = Number.POSITIVE_INFINITY;

type WorkerProfile = Omit<WorkerHello, 'session' | 'running' | 'unstarted' | 'load'>;

const UNKNOWN_PROFILE: WorkerProfile = {
  worker: '',
  version: '',
  types: [],
  pools: [],
  labels: {},
  resources: {},
  slots: 0,
};

/** One connected life of a worker: what it can run, and the leases that it holds. */
export class WorkerSession implements Capacity {
  readonly session: string;
  readonly leases = new ChurnMap<string, HeldLease>();
  /** Atomic sections in which attempts must not be preempted, by task. */
  readonly atomic = new Map<string, { readonly since: EpochMs; readonly maxMs: number }>();
  /** The resources that its leases take. */
  used: Amounts = NO_AMOUNTS;
  /** The resources that are reserved on it for waiting tasks. */
  reserved: Amounts = NO_AMOUNTS;
  /** The load of its machine, as last reported. */
  machineLoad: MachineLoad | undefined;
  /** What earlier leases still take, by `id@epoch`: their task is leased here again, and their code has not ended yet. */
  readonly releasing = new Map<string, Amounts>();
  /** Leases above the slot count, by task: since when, and what each takes when it moves into a slot. */
  readonly express = new Map<string, ExpressLease>();
  /** Leases whose code has not left by the deadline of its stop, by `id@epoch`. Each takes a slot. */
  readonly overdue = new Map<string, OverdueLease>();
  /** Leases in its last heartbeat that are not known here: since when the ends that it reported before are confirmed. */
  unknown: ReadonlyMap<string, EpochMs> = new Map();
  /** Leases that wait there for a slot. Each has a claim to the next one. */
  readonly ahead = new AheadLeases();
  readonly turnover = new SessionTurnover();
  /** Suspended leases, by task, and what each takes again when it is resumed. */
  readonly suspended = new Map<string, Amounts>();
  readonly connectedAt: EpochMs;
  /**
   * The worker returned a lease or could not be reached, so it gets no new lease before its next heartbeat. Without this, a task would go
   * back and forth between the queue and a worker that cannot start it as fast as the journal can write.
   */
  backsOff = false;
  /** Code of a handler blocks the event loop of the worker; `undefined` once a message of the worker itself arrives. */
  blocked: BlockedView | undefined;
  /** Since when messages to it are not delivered; `undefined` once a message of it arrives. */
  unreachableSince: EpochMs | undefined;
  /** What the worker said about itself in its last hello. */
  profile: WorkerProfile = UNKNOWN_PROFILE;
  lastHeardAt: EpochMs;
  readonly #life: Actor<typeof workerSessionMachine>;
  readonly #listener: SessionListener;

  constructor(session: string, now: EpochMs, listener: SessionListener = NO_LISTENER) {
    this.session = session;
    this.#listener = listener;
    this.connectedAt = now;
    this.lastHeardAt = now;
    this.#life = createActor(workerSessionMachine).start();
  }

  get state(): 'absent' | 'ready' | 'draining' | 'gone' {
    return this.#life.getSnapshot().value;
  }

  /** Slots into which a new task may be started now. */
  get free(): number {
    return this.state === 'ready' && this.takesNew ? this.unused : 0;
  }

  /** Whether it would start a new lease now. */
  get takesNew(): boolean {
    return !this.backsOff && this.blocked === undefined;
  }

  /** Slots that nothing runs in or has a claim to, also those of a worker that drains or backs off. */
  get unused(): number {
    return Math.max(0, this.profile.slots - this.busy - this.ahead.size - this.reserved.slots);
  }

  /** Slots in which nothing runs, and that leases assigned ahead are about to take. */
  get claimed(): number {
    return Math.min(this.ahead.size, Math.max(0, this.profile.slots - this.busy));
  }

  /** Express slots that an urgent task may start in. */
  get freeExpress(): number {
    if (this.state !== 'ready' || !this.takesNew) return 0;
    const { slots, express = 0 } = this.profile;
    // A suspended lease that is resumed to be stopped may take a slot too many for a while.
    const exceeded = Math.max(0, this.busy - slots);
    return Math.max(0, express - this.express.size - exceeded);
  }

  /** The limits that the load of its machine sets; `undefined` while it sets none. */
  get loaded(): LoadedWorker | undefined {
    const limits = this.machineLoad;
    if (limits === undefined || (limits.throttled.length === 0 && limits.recommended >= this.profile.slots))
      return undefined;
    return { limits, busy: this.busy + this.reserved.slots, highest: this.#highest };
  }

  /** Whether the load of its machine admits a task of the band now. */
  admission(band: BandRank): Admission {
    const { loaded } = this;
    return loaded ? loadAdmission(band, loaded.limits, loaded) : { admits: true };
  }

  /** The highest band that runs here. */
  get #highest(): BandRank | undefined {
    let highest: BandRank | undefined;
    for (const [id, { band }] of this.leases)
      if (this.#runs(id) && (highest === undefined || band > highest)) highest = band;
    return highest;
  }

  #runs(id: string): boolean {
    return !this.suspended.has(id) && !this.ahead.has(id);
  }

  /** All resources of the worker. */
  get supply(): Amounts {
    return supplyOf(this.profile.slots, this.profile.resources);
  }

  /** Slots that are taken. */
  get busy(): number {
    const { leases, suspended, express, ahead, releasing } = this;
    return leases.size - suspended.size - express.size - ahead.size + releasing.size;
  }

  /** Whether an attempt of the type can be suspended here. No more are suspended than could run, because each still takes its memory. */
  canSuspend(type: string): boolean {
    return this.profile.suspends?.includes(type) === true && this.suspended.size < this.profile.slots;
  }

  /** Adds a lease that is not sent yet, and takes its slot. */
  lease([id, epoch]: LeaseRef, { usage, band }: Pick<HeldLease, 'usage' | 'band'>): void {
    this.resume(id);
    this.intoSlot(id);
    this.ahead.delete(id);
    const before = this.leases.get(id);
    if (before) this.releasing.set(leaseKeyOf([id, before.epoch]), before.usage);
    this.hold(id, { epoch, since: NOT_YET, usage, band });
  }

  /** Adds a lease that is not sent yet, and waits at the worker for a slot. */
  leaseAhead(id: string, lease: AheadLease, band: BandRank): void {
    this.lease([id, lease.epoch], { usage: NO_AMOUNTS, band });
    this.ahead.add(id, lease);
  }

  /** The task of a lease has another band. */
  reband(id: string, band: BandRank): void {
    const lease = this.leases.get(id);
    if (lease) this.leases.set(id, { ...lease, band });
  }

  /** The lease that waited for a slot has taken one. */
  start([id, epoch]: LeaseRef, now: EpochMs): void {
    const lease = this.leases.get(id);
    if (lease?.epoch !== epoch) return;
    const ahead = this.ahead.delete(id);
    if (ahead) this.#setUsage(id, { ...lease, since: now }, ahead.usage);
  }

  /** Adds a lease that the worker holds. */
  hold(id: string, lease: HeldLease): void {
    this.leases.set(id, lease);
    this.used = plus(this.used, lease.usage);
  }

  /** The lease runs above the slot count: it occupies memory and GPUs, and neither a slot nor processors. */
  exceed(id: string, since: EpochMs): void {
    const lease = this.leases.get(id);
    if (lease === undefined || this.express.has(id)) return;
    this.express.set(id, { since, usage: lease.usage });
    this.#setUsage(id, lease, frozen(lease.usage));
  }

  endExpress(id: string, end: ExpressEnd): void {
    const express = this.express.get(id);
    if (express === undefined) return;
    this.express.delete(id);
    this.#listener.expressEnded(this.profile.worker, id, end, express.since);
  }

  /** Leases above the slot count, the latest of the highest bands. After a recovery the journal does not say which they were. */
  leasesAbove(mayExceed: (band: BandRank) => boolean): readonly string[] {
    const { slots, express = 0 } = this.profile;
    const above = Math.min(this.busy - slots, express - this.express.size);
    if (above <= 0) return [];
    const urgent = [...this.leases].filter(
      ([id, { band }]) => mayExceed(band) && this.#runs(id) && !this.express.has(id),
    );
    return urgent
      .sort(([, a], [, b]) => b.band - a.band || b.since - a.since)
      .slice(0, above)
      .map(([id]) => id);
  }

  /** The lease in an express slot moves into a slot. */
  intoSlot(id: string): void {
    const [express, lease] = [this.express.get(id), this.leases.get(id)];
    if (express === undefined || lease === undefined) return;
    this.endExpress(id, 'slot');
    this.#setUsage(id, lease, express.usage);
  }

  /** The lease is suspended: its slot and its processors are free. */
  suspend(id: string): void {
    this.intoSlot(id);
    const lease = this.leases.get(id);
    if (lease === undefined || this.suspended.has(id)) return;
    this.suspended.set(id, lease.usage);
    this.#setUsage(id, lease, frozen(lease.usage));
  }

  /** The lease runs again, to go on or to be stopped. */
  resume(id: string): void {
    const [usage, lease] = [this.suspended.get(id), this.leases.get(id)];
    if (usage === undefined || lease === undefined) return;
    this.suspended.delete(id);
    this.#setUsage(id, lease, usage);
  }

  #setUsage(id: string, lease: HeldLease, usage: Amounts): void {
    this.used = plus(minus(this.used, lease.usage), usage);
    this.leases.set(id, { ...lease, usage });
  }

  /** Code of the lease still runs, although neither the table nor the session knows of it: it takes a slot. */
  holdOrphan(lease: LeaseRef): void {
    const name = leaseKeyOf(lease);
    if (holdsLease(this, lease) || this.releasing.has(name)) return;
    this.releasing.set(name, ORPHAN_USAGE);
    this.used = plus(this.used, ORPHAN_USAGE);
    this.#listener.held(lease);
  }

  endOverdue(name: string, end: OverdueEnd): void {
    const lease = this.overdue.get(name);
    if (lease === undefined) return;
    this.overdue.delete(name);
    this.#listener.overdueEnded(this.profile.worker, lease, end);
  }

  /** Until when the code of the task must not be cut, because it is in an atomic section. */
  atomicUntil(id: string): EpochMs {
    const section = this.atomic.get(id);
    return section ? section.since + section.maxMs : 0;
  }

  /** What clients see of the overdue leases; `undefined` when there is none. */
  get overdueSlots(): OverdueSlots | undefined {
    const [oldest, ...more] = [...this.overdue.values()].sort((a, b) => a.since - b.since);
    if (oldest === undefined) return undefined;
    const tasks = [oldest, ...more].slice(0, OVERDUE_NAMED_MAX).map(({ id }) => id);
    return { count: more.length + 1, since: oldest.since, tasks };
  }

  /** No code of the lease runs any more: its slot is free. */
  release(of: LeaseRef): void {
    const [id, epoch] = of;
    const name = leaseKeyOf([id, epoch]);
    this.endOverdue(name, 'ended');
    const lease = this.leases.get(id);
    const isCurrent = lease?.epoch === epoch;
    const usage = isCurrent ? lease.usage : this.releasing.get(name);
    if (usage === undefined) return;
    this.used = minus(this.used, usage);
    this.#listener.released(of);
    if (!isCurrent) return void this.releasing.delete(name);
    this.leases.delete(id);
    this.suspended.delete(id);
    this.ahead.delete(id);
    this.endExpress(id, 'ended');
    this.atomic.delete(id);
  }

  /** All leases whose code has not ended. */
  *held(): Generator<LeaseRef> {
    for (const [id, { epoch }] of this.leases) yield [id, epoch];
    for (const name of this.releasing.keys()) yield leaseOfKey(name);
  }

  /** The session is over: its leases are lost. */
  close(): void {
    for (const lease of this.held()) this.#listener.released(lease);
  }

  /** Frees the slots of earlier leases that the worker does not list any more: their code has ended. */
  forgetReleasing(listed: ReadonlySet<string>): void {
    for (const [name, usage] of this.releasing) {
      if (listed.has(name)) continue;
      this.releasing.delete(name);
      this.used = minus(this.used, usage);
      this.endOverdue(name, 'ended');
      this.#listener.released(leaseOfKey(name));
    }
  }

  /** A message of it arrived. */
  heard(at: EpochMs): void {
    this.#lives(at);
    const { blocked } = this;
    if (blocked === undefined) return;
    this.blocked = undefined;
    this.#listener.unblocked(this.profile.worker, blocked.since);
  }

  #lives(at: EpochMs): void {
    this.lastHeardAt = at;
    this.unreachableSince = undefined;
  }

  /** It was reported as blocked: its process lives. Returns whether that is new. */
  heardBlocked(now: EpochMs, { ms, tasks, place }: BlockedLoop): boolean {
    const { blocked } = this;
    this.#lives(now);
    const since = blocked?.since ?? Math.round(now - ms);
    this.blocked = { since, tasks: tasks.map(([id]) => id), ...(place !== undefined && { place }) };
    return blocked === undefined;
  }

  /** A message to it was not delivered: it gets no new lease before a message of it arrives. Returns since how many milliseconds. */
  unreachable(at: EpochMs): number {
    this.unreachableSince ??= at;
    this.backsOff = true;
    return at - this.unreachableSince;
  }

  send(event: WorkerSessionEvent): void {
    this.#life.send(event);
  }

  /** The session as clients see it. */
  view(): WorkerView {
    const { worker, version, types, pools, labels, slots } = this.profile;
    const { overdueSlots: overdue, blocked } = this;
    return {
      id: worker,
      session: this.session,
      state: this.state === 'draining' ? 'draining' : 'ready',
      types,
      pools,
      labels,
      slots,
      busy: this.busy,
      express: this.profile.express ?? 0,
      expressBusy: this.express.size,
      assignedAhead: this.ahead.size,
      version,
      connectedAt: this.connectedAt,
      lastHeardAt: this.lastHeardAt,
      ...(blocked && { blocked }),
      ...(overdue && { overdue }),
      ...(this.machineLoad && { load: this.machineLoad }),
    };
  }
}

/** Whether the session holds this lease. */
export const holdsLease = (session: WorkerSession, [id, epoch]: LeaseRef): boolean =>
  session.leases.get(id)?.epoch === epoch;

/** A lease as a key: `id@epoch`. */
export const leaseKeyOf = ([id, epoch]: LeaseRef): string => `${id}@${epoch}`;

const leaseOfKey = (name: string): LeaseRef => {
  const at = name.lastIndexOf('@');
  return [name.slice(0, at), Number(name.slice(at + 1))];
};
