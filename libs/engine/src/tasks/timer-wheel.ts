import { ChurnMap, Heap } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';

/** An item holds its own position in the wheel; `timerIndex` is -1 while it has no deadline. */
export interface Timed {
  timerTick: number;
  timerIndex: number;
}

const FINE_MS = 10;
const COARSE_MS = 1_000;
/** Deadlines further away than this are rounded up to a second, so that a million of them share few buckets. */
const FAR_MS = 60_000;
const STALE_TICKS_MAX = 1_024;

/**
 * One deadline for each of up to a million items. It is set, moved and cleared in constant time. A deadline fires at its time or later,
 * never earlier: at most 10 ms late, or 1 s when it was more than a minute away.
 */
export class TimerWheel<T extends Timed> {
  readonly #clock: Clock;
  readonly #fire: (item: T) => void;
  readonly #buckets = new ChurnMap<number, T[]>();
  #ticks = new Heap<number>((a, b) => a - b);
  /** Ticks count from here: small integers, which V8 keeps in the item itself. */
  readonly #origin: EpochMs;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, fire: (item: T) => void) {
    this.#clock = clock;
    this.#origin = Math.floor(clock.now() / COARSE_MS) * COARSE_MS;
    this.#fire = fire;
  }

  set(item: T, at: EpochMs | undefined): void {
    if (at === undefined) return this.clear(item);
    const tick = this.#tickOf(at);
    if (item.timerIndex >= 0 && item.timerTick === tick) return;
    this.clear(item);
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      this.#buckets.set(tick, (bucket = []));
      this.#ticks.push(tick);
      this.#arm(tick);
    }
    item.timerTick = tick;
    item.timerIndex = bucket.push(item) - 1;
  }

  clear(item: T): void {
    const index = item.timerIndex;
    if (index < 0) return;
    item.timerIndex = -1;
    const bucket = this.#buckets.get(item.timerTick);
    const last = bucket?.pop();
    if (bucket === undefined || last === undefined) return;
    if (last !== item) {
      bucket[index] = last;
      last.timerIndex = index;
    }
    if (bucket.length === 0) this.#dropBucket(item.timerTick);
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm?.();
  }

  #tickOf(at: EpochMs): number {
    const grain = at - this.#clock.now() > FAR_MS ? COARSE_MS : FINE_MS;
    return (Math.ceil(at / grain) * grain - this.#origin) / FINE_MS;
  }

  #timeOf(tick: number): EpochMs {
    return this.#origin + tick * FINE_MS;
  }

  #dropBucket(tick: number): void {
    this.#buckets.delete(tick);
    if (this.#ticks.size <= 2 * this.#buckets.size + STALE_TICKS_MAX) return;
    this.#ticks = new Heap<number>((a, b) => a - b);
    for (const live of this.#buckets.keys()) this.#ticks.push(live);
  }

  #arm(tick: number): void {
    if (tick >= this.#armedFor || this.#stopped) return;
    this.#disarm?.();
    this.#armedFor = tick;
    this.#disarm = this.#clock.wakeAt(this.#timeOf(tick), () => this.#wake());
  }

  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (
      let tick = this.#ticks.peek();
      tick !== undefined && this.#timeOf(tick) <= now;
      tick = this.#ticks.peek()
    ) {
      this.#ticks.pop();
      this.#fireBucket(tick);
    }
    const next = this.#ticks.peek();
    if (next !== undefined) this.#arm(next);
  }

  #fireBucket(tick: number): void {
    const bucket = this.#buckets.get(tick);
    if (bucket === undefined) return;
    this.#buckets.delete(tick);
    for (const item of bucket) item.timerIndex = -1;
    for (const item of bucket) this.#fire(item);
  }
}
