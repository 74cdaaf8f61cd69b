import type { LeaseRef, LimitBooking, LimitSpec } from '@precedent/contract-types';
import { Heap } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { bookedBy, closedFor } from '@precedent/orchestration';
import type { KeyUse } from '@precedent/orchestration';
import { FairOrder } from '@precedent/scheduling';
import type { FairClock, WaitingQueue } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { Clock, Conditions } from '@precedent/ports';
import type { CellState } from '../cell/cell-state.ts';
import type { CellOptions } from '../options.ts';
import { leaseKeyOf } from '../workers/worker-session.ts';
import { arrivalOf } from './arrival.ts';
import type { Arrival, ArrivalContext } from './arrival.ts';
import { LimitGate } from './limit-gate.ts';
import type { GateHost } from './limit-gate.ts';
import { LimitKey } from './limit-key.ts';
import type { Limit } from './limit-key.ts';
import { TaskKeys } from './task-keys.ts';

export interface LimitsParts {
  readonly clock: Clock;
  readonly state: CellState;
  readonly options: Pick<CellOptions, 'aging'>;
  readonly conditions?: Conditions | undefined;
  readonly fair: FairClock;
  readonly requestTurn: () => void;
  readonly requestTurnAt: (at: EpochMs) => void;
  /** Puts a queued task into the queue where it belongs now. */
  readonly enqueue: (row: TaskRow) => void;
  /** All leases whose code has not ended. */
  readonly leases: () => Iterable<LeaseRef>;
}

/** Tasks that are moved to other queues in one turn, at most, after the limits have changed. */
const MOVED_PER_TURN = 1_000;

interface Opening {
  readonly key: LimitKey;
  readonly at: EpochMs;
}

/**
 * The limits of a cell. The leases under a key are those that sessions hold, and each is under the keys that the limits of the moment give
 * to its task: there is no count that could drift from them. A task takes all its keys in the turn of its lease, or none.
 */
export class Limits {
  readonly #parts: LimitsParts;
  readonly #limits = new Map<string, Limit>();
  readonly #keys: TaskKeys;
  readonly #gates = new Map<string, LimitGate>();
  #free: LimitGate;
  /** By lease, its keys. */
  readonly #held = new Map<string, readonly LimitKey[]>();
  /** By task, what its start costs of rates: until its lease is recorded. */
  readonly #bookings = new Map<string, readonly LimitBooking[]>();
  readonly #openings = new Heap<Opening>((a, b) => a.at - b.at);
  readonly #postponed: FairOrder<WaitingQueue<TaskRow>>[];
  #movesLeft = MOVED_PER_TURN;
  readonly #host: GateHost;

  constructor(parts: LimitsParts) {
    this.#parts = parts;
    this.#keys = new TaskKeys(this.#limits, parts.conditions);
    this.#postponed = ([0, 1, 2, 3] as const).map(
      (rank) => new FairOrder<WaitingQueue<TaskRow>>(parts.fair, rank),
    );
    this.#host = {
      now: () => parts.clock.now(),
      moveOn: (queue) => this.#moveOn(queue),
      blocked: (key) => this.#wakeWhenOpen(key),
      offer: (key) => this.#offer(key),
      take: (row, keys) => this.#take(row, keys),
      idle: (gate) => this.#idle(gate),
    };
    this.#free = new LimitGate('', [], this.#host);
  }

  get size(): number {
    return this.#limits.size;
  }

  all(): Iterable<Limit> {
    return this.#limits.values();
  }

  get(ref: string): Limit | undefined {
    return this.#limits.get(ref);
  }

  /** Follows the limits that the cell defines from now on. */
  follow({ definitions }: Pick<CellState, 'definitions'>): void {
    for (const { namespace, name, spec } of definitions.ofKind('limit')) this.#set(namespace, name, spec);
    definitions.watch('limit', ({ before, after }) => {
      if (after) this.#set(after.namespace, after.name, after.spec);
      else if (before) this.#remove(before.namespace, before.name);
    });
  }

  /** The limit is made, or has another spec. No lease ends for it. */
  #set(namespace: string, name: string, spec: LimitSpec): void {
    const ref = refOf(namespace, name);
    const known = this.#limits.get(ref);
    if (known && isAboutTheSame(known.spec, spec)) {
      known.spec = spec;
      for (const key of known.keys.values()) this.#offerAll(key);
      return this.#parts.requestTurn();
    }
    if (known) this.#reopenAll(known);
    const { refused = 0, superseded = 0 } = known ?? {};
    this.#limits.set(ref, { ref, namespace, name, spec, keys: new Map(), refused, superseded });
    this.#changed();
  }

  #remove(namespace: string, name: string): void {
    const limit = this.#limits.get(refOf(namespace, name));
    if (limit === undefined) return;
    this.#limits.delete(limit.ref);
    this.#reopenAll(limit);
    this.#changed();
  }

  /** The gate of a task under the limits as they are now. */
  gateOf(row: Pick<TaskRow, 'id' | 'class' | 'body'>): LimitGate {
    if (this.#limits.size === 0) return this.#free;
    const keys = this.#keys.of(row);
    if (keys.length === 0) return this.#free;
    const name = keys.map(({ limit, key }) => `${limit.ref}\n${key}`).join('\n\n');
    const known = this.#gates.get(name);
    if (known !== undefined) return known;
    const made = new LimitGate(
      name,
      keys.map(({ limit, key }) => this.#keyOf(limit, key)),
      this.#host,
    );
    this.#gates.set(name, made);
    for (const key of made.keys) key.gates.add(made);
    return made;
  }

  /** What the limits mean for a task that is submitted. */
  arrivalOf(task: Pick<TaskRow, 'id' | 'class' | 'body'>): Arrival | undefined {
    if (this.#limits.size === 0) return undefined;
    const keys = this.#keys.of(task);
    if (keys.length === 0) return undefined;
    const { state, clock } = this.#parts;
    const keyOf: ArrivalContext['keyOf'] = (limit, key) => limit.keys.get(key) ?? this.#unusedKey(limit, key);
    return arrivalOf(task.id, keys, { table: state.table, keyOf, now: clock.now() });
  }

  #unusedKey({ ref, spec }: Limit, key: string): KeyUse {
    return { spec, held: 0, bookedUntil: this.#parts.state.limitTimes.of(ref, key) };
  }

  /** Called once a turn, before tasks are started. */
  beginTurn(): void {
    if (this.#limits.size === 0 && this.#movesLeft === MOVED_PER_TURN) return;
    const now = this.#parts.clock.now();
    this.#movesLeft = MOVED_PER_TURN;
    for (const order of this.#postponed)
      for (let queue = order.first(); queue !== undefined; queue = order.first()) queue.reopen();
    for (
      let next = this.#openings.peek();
      next !== undefined && next.at <= now;
      next = this.#openings.peek()
    ) {
      this.#openings.pop();
      if (next.key.wakesAt !== next.at) continue;
      next.key.wakesAt = Number.POSITIVE_INFINITY;
      this.#offer(next.key);
    }
    const next = this.#openings.peek();
    if (next) this.#parts.requestTurnAt(next.at);
  }

  /** What the start of a task that was just taken costs of rates, for the record of its lease. */
  bookingsOf(id: string): readonly LimitBooking[] | undefined {
    if (this.#bookings.size === 0) return undefined;
    const bookings = this.#bookings.get(id);
    this.#bookings.delete(id);
    return bookings;
  }

  /** A lease that is there already: after a recovery, or code that was found to run still. */
  hold([id, epoch]: LeaseRef): void {
    if (this.#limits.size === 0) return;
    const row = this.#parts.state.table.get(id);
    if (row) this.#hold(leaseKeyOf([id, epoch]), id, this.#keysOf(row));
  }

  /** The code of a lease has ended, or its worker is lost. */
  released(lease: LeaseRef): void {
    if (this.#held.size === 0) return;
    const name = leaseKeyOf(lease);
    const keys = this.#held.get(name);
    if (keys === undefined) return;
    this.#held.delete(name);
    for (const key of keys) key.holders.delete(name);
    for (const key of keys) this.#offer(key);
    for (const key of keys) this.#dropIdle(key);
    this.#parts.requestTurn();
  }

  /** The keys of a task as the limits are now, also of one that runs. */
  #keysOf(row: TaskRow): readonly LimitKey[] {
    return this.#keys.of(row).map(({ limit, key }) => this.#keyOf(limit, key));
  }

  #keyOf(limit: Limit, key: string): LimitKey {
    const known = limit.keys.get(key);
    if (known !== undefined) return known;
    const bookedUntil = this.#parts.state.limitTimes.of(limit.ref, key);
    const made = new LimitKey(limit, key, { bookedUntil, clock: this.#parts.fair });
    limit.keys.set(key, made);
    return made;
  }

  #hold(lease: string, id: string, keys: readonly LimitKey[]): void {
    if (keys.length === 0) return;
    this.#held.set(lease, keys);
    for (const key of keys) key.holders.set(lease, id);
  }

  #take(row: TaskRow, keys: readonly LimitKey[]): void {
    const now = this.#parts.clock.now();
    this.#hold(leaseKeyOf([row.id, row.epoch + 1]), row.id, keys);
    const bookings = keys.flatMap((key): LimitBooking[] => {
      const bookedUntil = bookedBy(key, now, row.durable.resuming);
      if (bookedUntil === undefined) return [];
      key.bookedUntil = bookedUntil;
      return [[key.limit.ref, key.key, bookedUntil]];
    });
    if (bookings.length > 0) this.#bookings.set(row.id, bookings);
    for (const key of keys) this.#offer(key);
  }

  /** Returns the queue that is next under the key to the run order, if a task of it may start. */
  #offer(key: LimitKey): void {
    if (!key.hasBlocked) return;
    const now = this.#parts.clock.now();
    if (closedFor(key, now) === undefined) key.reopenNext(now, this.#parts.options.aging);
    else this.#wakeWhenOpen(key);
  }

  /** The limit was raised: the rest follows, one for each that starts. */
  #offerAll(key: LimitKey): void {
    this.#offer(key);
    this.#dropIdle(key);
  }

  #wakeWhenOpen(key: LimitKey): void {
    const closed = closedFor(key, this.#parts.clock.now());
    if (closed === undefined || closed.reason === 'concurrency' || closed.until >= key.wakesAt) return;
    key.wakesAt = closed.until;
    this.#openings.push({ key, at: closed.until });
    this.#parts.requestTurnAt(closed.until);
  }

  /** From here on every task has the keys of the limits as they are now: queues that were made before are moved when they are next. */
  #changed(): void {
    this.#keys.forget();
    for (const gate of this.#gates.values()) gate.expire();
    this.#gates.clear();
    this.#free.expire();
    this.#free = new LimitGate('', [], this.#host);
    for (const keys of this.#held.values()) for (const key of keys) key.holders.clear();
    this.#held.clear();
    for (const lease of this.#parts.leases()) this.hold(lease);
    for (const limit of this.#limits.values()) for (const key of limit.keys.values()) this.#offerAll(key);
    this.#parts.requestTurn();
  }

  #reopenAll({ keys }: Limit): void {
    for (const key of keys.values()) key.reopenAll();
  }

  #moveOn(queue: WaitingQueue<TaskRow>): 'changed' | 'blocked' {
    for (let row = queue.peek(); row !== undefined; row = queue.peek()) {
      if (this.#movesLeft-- <= 0) {
        this.#postponed[queue.rank]?.add(queue);
        this.#parts.requestTurn();
        return 'blocked';
      }
      queue.left();
      row.queue = undefined;
      this.#parts.enqueue(row);
    }
    return 'changed';
  }

  #idle(gate: LimitGate): void {
    if (this.#gates.get(gate.name) === gate) this.#gates.delete(gate.name);
    for (const key of gate.keys) {
      key.gates.delete(gate);
      this.#dropIdle(key);
    }
  }

  #dropIdle({ limit, key, gates, holders }: LimitKey): void {
    if (gates.size === 0 && holders.size === 0) limit.keys.delete(key);
  }
}

/** How records name a limit. */
export const refOf = (namespace: string, name: string): string => `${namespace}/${name}`;

/** Whether the two give the same keys to the same tasks. */
const isAboutTheSame = (a: LimitSpec, b: LimitSpec): boolean =>
  a.key === b.key &&
  a.wholeCell === b.wholeCell &&
  JSON.stringify(a.match ?? {}) === JSON.stringify(b.match ?? {});
