import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a program holds at a moment. */
export interface MemorySample {
  /** Heap that V8 has reserved, and what it knows of outside of it. Bytes. */
  readonly heldBytes: number;
  /** Of the heap: what is in use, including garbage. It bounds what lives, and so how long a collection takes. Bytes. */
  readonly usedBytes: number;
  /** Share of the time since the sample before in which the event loop had work. */
  readonly busyShare: number;
}

export interface ProgramMemory {
  sample(): MemorySample;
  /** Collects all garbage, and returns the memory to the system. Blocks the program. */
  collect(): void;
}

const MB = 2 ** 20;
/** Between two samples. Milliseconds. */
const EVERY_MS = 1_000;
const QUIET_BELOW = 0.05;
/** Samples in a row that must be quiet: a collection discards compiled code, which costs more than the memory of a short pause is worth. */
const QUIET_SAMPLES = 2;
/** Less is not worth a collection. */
const GROWTH_BYTES = 32 * MB;
/** Collecting more may take longer than an urgent task can wait. V8 then collects by itself, in steps, ten seconds later or more. */
const USED_MAX_BYTES = 256 * MB;
/** The same for what was alive after the last collection, and most of which probably still is. */
const BASELINE_MAX_BYTES = 128 * MB;

/**
 * Whether a quiet program should collect now: a collection is short, and it holds much more than the `baseline`, the least since the last
 * one. The first one is due with any growth, because a start leaves much behind.
 */
export const isCollectionDue = (sample: MemorySample, baseline: number | undefined): boolean =>
  sample.usedBytes <= USED_MAX_BYTES &&
  (baseline === undefined || (baseline <= BASELINE_MAX_BYTES && sample.heldBytes - baseline >= GROWTH_BYTES));

/** Returns memory that a start or a burst has left. V8 collects when a program allocates, and a quiet program does not. */
export class IdleMemory {
  readonly #memory: ProgramMemory;
  #baseline: number | undefined;
  #quietSamples = 0;

  constructor(memory: ProgramMemory) {
    this.#memory = memory;
  }

  /** Call it once a second. */
  check(): void {
    const sample = this.#memory.sample();
    this.#quietSamples = sample.busyShare < QUIET_BELOW ? this.#quietSamples + 1 : 0;
    if (this.#quietSamples >= QUIET_SAMPLES && isCollectionDue(sample, this.#baseline)) {
      this.#memory.collect();
      this.#baseline = this.#memory.sample().heldBytes;
    } else if (this.#baseline !== undefined) this.#baseline = Math.min(this.#baseline, sample.heldBytes);
  }
}

/** From now on, returns the memory of this program that it does not need while it is quiet. Does not keep the program alive. */
export const returnIdleMemory = (): void => {
  const memory = new IdleMemory(v8Memory());
  setInterval(() => memory.check(), EVERY_MS).unref();
};

const v8Memory = (): ProgramMemory => {
  let before = performance.eventLoopUtilization();
  return {
    sample: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const {
        total_heap_size: heap,
        used_heap_size: usedBytes,
        external_memory: external,
      } = getHeapStatistics();
      return { heldBytes: heap + external, usedBytes, busyShare: utilization };
    },
    collect: collectAll,
  };
};

/** `last-resort` also returns the pages of the heap; a plain collection keeps them. */
const collectAll = (): void => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
};
