import type { LeaseRef, MachineLoad, WorkerHello, WorkerView } from '@precedent/contract-types';
import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import { ChurnMap } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { workerSessionMachine } from '@precedent/lifecycle';
import type { WorkerSessionEvent } from '@precedent/lifecycle';
import { NO_AMOUNTS, frozen, loadAdmission, minus, plus, supplyOf } from '@precedent/scheduling';
import type { Admission, Amounts, Capacity, LoadedWorker } from '@precedent/scheduling';

/** The last progress that running attempts reported, by task. */
export type ReportedProgress = Map<string, { readonly fraction: number; readonly message?: string }>;

/** A lease that occupies a slot until its worker reports that no code of it runs any more. */
export interface HeldLease {
  readonly epoch: number;
  /** When it was sent to its worker; `NOT_YET` until the lease is durable. */
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
  /** Atomic sections in which attempts must not be preempted, by task. */
  readonly atomic = new Map<string, { readonly since: EpochMs; readonly maxMs: number }>();
  /** The resources that its leases occupy. */
  used: Amounts = NO_AMOUNTS;
  /** The resources that are reserved on it for waiting tasks. */
  reserved: Amounts = NO_AMOUNTS;
  /** The load of its machine by its last report. */
  machine: MachineLoad | undefined;
  /** What earlier leases still occupy, by `id@epoch`: their task is leased here again, and their code has not ended yet. */
  readonly releasing = new Map<string, Amounts>();
  /** Suspended leases, by task, and what each will occupy again when it is resumed. */
  readonly suspended = new Map<string, Amounts>();
  readonly connectedAt: EpochMs;
  /**
   * The worker returned a lease or could not be reached, so it gets no new lease before its next heartbeat. Without this, a task would go
   * back and forth between the queue and a worker that cannot start it as fast as the journal can write.
   */
  backsOff = false;
  /** Since when messages to it are not received; `undefined` once anything is received from it. */
  unreachableSince: EpochMs | undefined;
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
    return this.state === 'ready' && !this.backsOff ? this.unused : 0;
  }

  /** Slots in which nothing runs and that are not reserved. A draining worker takes no new task into them. */
  get unused(): number {
    return Math.max(0, this.offer.slots - this.busy - this.reserved.slots);
  }

  /** The limits that the load of its machine sets; `undefined` while it sets none. */
  get loaded(): LoadedWorker | undefined {
    const limits = this.machine;
    if (limits === undefined || (limits.throttled.length === 0 && limits.recommended >= this.offer.slots))
      return undefined;
    return { limits, busy: this.busy + this.reserved.slots, highest: this.#highest };
  }

  /** Whether the load of its machine admits a task of the band now. */
  admission(band: BandRank): Admission {
    const { loaded } = this;
    return loaded ? loadAdmission(band, loaded.limits, loaded) : { admits: true };
  }

  /** The highest band that runs; suspended leases do not. */
  get #highest(): BandRank | undefined {
    let highest: BandRank | undefined;
    for (const [id, { band }] of this.leases)
      if (!this.suspended.has(id) && (highest === undefined || band > highest)) highest = band;
    return highest;
  }

  /** All resources of the worker. */
  get supply(): Amounts {
    return supplyOf(this.offer.slots, this.offer.resources);
  }

  get busy(): number {
    return this.leases.size - this.suspended.size + this.releasing.size;
  }

  /** Whether an attempt of the type can be suspended here. No more are suspended than could run: each keeps its memory. */
  canSuspend(type: string): boolean {
    return this.offer.suspends?.includes(type) === true && this.suspended.size < this.offer.slots;
  }

  /** Adds a lease that is not sent yet. */
  lease([id, epoch]: LeaseRef, { usage, band }: Pick<HeldLease, 'usage' | 'band'>): void {
    this.resume(id);
    const before = this.leases.get(id);
    if (before) this.releasing.set(nameOf([id, before.epoch]), before.usage);
    this.hold(id, { epoch, since: NOT_YET, usage, band });
  }

  hold(id: string, lease: HeldLease): void {
    this.leases.set(id, lease);
    this.used = plus(this.used, lease.usage);
  }

  /** The lease is suspended: its slot and its processors are free. */
  suspend(id: string): void {
    const lease = this.leases.get(id);
    if (lease === undefined || this.suspended.has(id)) return;
    this.suspended.set(id, lease.usage);
    this.#occupy(id, lease, frozen(lease.usage));
  }

  /** The lease runs again, to go on or to be ended. */
  resume(id: string): void {
    const [usage, lease] = [this.suspended.get(id), this.leases.get(id)];
    if (usage === undefined || lease === undefined) return;
    this.suspended.delete(id);
    this.#occupy(id, lease, usage);
  }

  #occupy(id: string, lease: HeldLease, usage: Amounts): void {
    this.used = plus(minus(this.used, lease.usage), usage);
    this.leases.set(id, { ...lease, usage });
  }

  /** No code of the lease runs any more. */
  release([id, epoch]: LeaseRef): void {
    const name = nameOf([id, epoch]);
    const lease = this.leases.get(id);
    const isCurrent = lease?.epoch === epoch;
    const usage = isCurrent ? lease.usage : this.releasing.get(name);
    if (usage === undefined) return;
    this.used = minus(this.used, usage);
    if (!isCurrent) return void this.releasing.delete(name);
    this.leases.delete(id);
    this.suspended.delete(id);
    this.atomic.delete(id);
  }

  /** The releasing leases that the worker does not list any more have ended. */
  forgetReleasing(listed: ReadonlySet<string>): void {
    for (const [name, usage] of this.releasing) {
      if (listed.has(name)) continue;
      this.releasing.delete(name);
      this.used = minus(this.used, usage);
    }
  }

  heard(at: EpochMs): void {
    this.lastHeardAt = at;
    this.unreachableSince = undefined;
  }

  /** A message to it was not received: it gets no new lease before it is heard. Returns for how long this has been so, in milliseconds. */
  unreachable(at: EpochMs): number {
    this.unreachableSince ??= at;
    this.backsOff = true;
    return at - this.unreachableSince;
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

export const holds = (session: WorkerSession, [id, epoch]: LeaseRef): boolean =>
  session.leases.get(id)?.epoch === epoch;

/** A lease in one word. */
export const nameOf = ([id, epoch]: LeaseRef): string => `${id}@${epoch}`;
