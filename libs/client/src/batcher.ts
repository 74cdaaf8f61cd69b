import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { EncodedTask } from './encode-task.ts';

/** Tasks of one band that travel in one message. */
export interface Batch {
  readonly band: Band;
  readonly tasks: readonly EncodedTask[];
}

export interface BatchLimits {
  /** Tasks in one message. */
  readonly tasks: number;
  /** Characters in one message; the bytes are measured when it is sent. */
  readonly chars: number;
}

interface Gathered {
  tasks: EncodedTask[];
  chars: number;
}

/** Gathers tasks into batches of one band each, in the order in which they came. */
export class Batcher {
  readonly #limits: BatchLimits;
  readonly #gathered = new Map<Band, Gathered>();

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** The batch that is full now, if one is: with this task in it, or without when it did not fit. */
  add(task: EncodedTask): Batch | undefined {
    const { band, text } = task;
    const gathered = this.#gathered.get(band) ?? { tasks: [], chars: 0 };
    this.#gathered.set(band, gathered);
    const fits = gathered.chars + text.length + 1 <= this.#limits.chars;
    const before = fits ? undefined : takeFrom(gathered, band);
    gathered.tasks.push(task);
    gathered.chars += text.length + 1;
    if (before) return before;
    return gathered.tasks.length >= this.#limits.tasks ? takeFrom(gathered, band) : undefined;
  }

  /** What has been gathered so far, the most urgent band first. */
  rest(): Batch[] {
    const batches = BANDS.toReversed().map((band) => takeFrom(this.#gathered.get(band), band));
    return batches.filter((batch) => batch !== undefined);
  }
}

const takeFrom = (gathered: Gathered | undefined, band: Band): Batch | undefined => {
  if (!gathered || gathered.tasks.length === 0) return undefined;
  const { tasks } = gathered;
  gathered.tasks = [];
  gathered.chars = 0;
  return { band, tasks };
};
