import type { EpochMs } from '@precedent/kernel';
import { firstClosed, roomOf } from '@precedent/orchestration';
import type { StartGate, WaitingQueue } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { LimitKey } from './limit-key.ts';

/** What a gate needs of the limits of its cell. */
export interface GateHost {
  readonly now: () => EpochMs;
  /** The queue was made before the last change of the limits: moves its first tasks to where they belong now. */
  readonly moveOn: (queue: WaitingQueue<TaskRow>) => 'changed' | 'blocked';
  /** A queue waits for the key. */
  readonly blocked: (key: LimitKey) => void;
  /** The key may have room, and queues that wait for it. */
  readonly offer: (key: LimitKey) => void;
  readonly take: (row: TaskRow, keys: readonly LimitKey[]) => void;
  /** No task is queued behind the gate any more. */
  readonly idle: (gate: LimitGate) => void;
}

/** The keys of tasks that are under the same ones. Without a key it is open: its tasks are under no limit. */
export class LimitGate implements StartGate<TaskRow> {
  readonly name: string;
  readonly keys: readonly LimitKey[];
  readonly queues = new Set<WaitingQueue<TaskRow>>();
  waiting = 0;
  /** The limits have changed since. */
  #isStale = false;
  readonly #host: GateHost;

  constructor(name: string, keys: readonly LimitKey[], host: GateHost) {
    this.name = name;
    this.keys = keys;
    this.#host = host;
  }

  get isOpen(): boolean {
    return this.keys.length === 0 && !this.#isStale;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  /** Whether a start under it is counted by a rate. */
  get isRated(): boolean {
    return this.keys.some(({ spec }) => spec.rate !== undefined);
  }

  expire(): void {
    this.#isStale = true;
  }

  check(queue: WaitingQueue<TaskRow>, first: TaskRow): 'open' | 'blocked' | 'changed' {
    if (this.#isStale) return this.#host.moveOn(queue);
    const closed = this.closedFor(first);
    if (closed === undefined) return 'open';
    closed.block(queue);
    this.#host.blocked(closed);
    // What the queue does not take of its other keys, those behind it in their lines may.
    for (const key of this.keys) if (key !== closed) this.#host.offer(key);
    return 'blocked';
  }

  /** The first of its keys under which the task may not start now. */
  closedFor({ durable }: Pick<TaskRow, 'durable'>): LimitKey | undefined {
    return firstClosed(this.keys, this.#host.now(), durable.resuming);
  }

  room(): number {
    if (this.#isStale) return 0;
    const now = this.#host.now();
    return this.keys.reduce((room, key) => Math.min(room, roomOf(key, now)), Number.POSITIVE_INFINITY);
  }

  take(row: TaskRow): void {
    this.#host.take(row, this.keys);
  }

  changed(queue: WaitingQueue<TaskRow>, by: 1 | -1): void {
    if (this.keys.length === 0) return;
    this.waiting += by;
    for (const key of this.keys) key.waiting += by;
    if (by > 0) return void this.queues.add(queue);
    if (queue.size > 0) return;
    this.queues.delete(queue);
    for (const key of this.keys) this.#host.offer(key);
    if (this.waiting === 0) this.#host.idle(this);
  }
}
