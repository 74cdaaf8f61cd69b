import type { EpochMs } from './duration.ts';
import { Heap } from './heap.ts';

interface Planned {
  readonly at: EpochMs;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Virtual time, and what is planned in it: the earliest first, and in the order planned within one moment. */
export class Timeline {
  readonly #planned = new Heap<Planned>((a, b) => a.at - b.at || a.order - b.order);
  #now: EpochMs;
  #count = 0;

  constructor(start: EpochMs) {
    this.#now = start;
  }

  get now(): EpochMs {
    return this.#now;
  }

  /** Plans `run` for `at`, or for now when that is past. The returned function takes it back. */
  plan(at: EpochMs, run: () => void): () => void {
    const planned = { at: Math.max(at, this.#now), order: this.#count++, run, isCancelled: false };
    this.#planned.push(planned);
    return () => {
      planned.isCancelled = true;
    };
  }

  /** When the next run is due; infinity when nothing is planned. */
  get nextAt(): EpochMs {
    return this.#next()?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Moves to the next run and performs it; `false` when nothing is planned. */
  step(): boolean {
    const next = this.#next();
    if (next === undefined) return false;
    this.#planned.pop();
    this.#now = next.at;
    next.run();
    return true;
  }

  /** Moves on without running anything. Never back. */
  moveTo(at: EpochMs): void {
    this.#now = Math.max(this.#now, at);
  }

  /** Cancelled ones stay in the heap until they come to the top. */
  #next(): Planned | undefined {
    while (this.#planned.peek()?.isCancelled) this.#planned.pop();
    return this.#planned.peek();
  }
}
