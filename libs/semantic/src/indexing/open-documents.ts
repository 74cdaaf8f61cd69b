import { specKeyOf } from '../documents/phrases.ts';
import type { TaskFacts } from '../facts.ts';
import type { OpenTaskFacts } from './open-task-facts.ts';

/** Open tasks of one spec that have documents, while nothing is to be said of them but that they wait or run. */
export const OPEN_MAX = 100;

/**
 * Lets only so many open tasks of a spec have documents: a long queue of alike tasks is not written to the index, to be removed from it a
 * moment later. A task that failed, was lost or preempted, or was decided about has documents whatever their number.
 */
export class OpenDocuments {
  readonly #counts = new Map<string, number>();
  readonly #max: number;

  /** `stored` are the open tasks of earlier batches. */
  constructor(stored: Iterable<OpenTaskFacts>, max: number = OPEN_MAX) {
    this.#max = max;
    for (const { shownAs } of stored) this.#count(shownAs, 1);
  }

  /** Decides as what a changed task is shown. A task that has documents keeps them. */
  shownAs({ shownAs }: OpenTaskFacts, redacted: TaskFacts, isStored: boolean): OpenTaskFacts['shownAs'] {
    if (shownAs === undefined && isStored) return undefined;
    if (typeof shownAs === 'string') return shownAs;
    if (!isPlain(redacted)) return '';
    return shownAs ?? this.#admitted(specKeyOf(redacted));
  }

  /** Makes room for another one of its spec. */
  end({ shownAs }: OpenTaskFacts): void {
    this.#count(shownAs, -1);
  }

  #admitted(spec: string): string | false {
    if ((this.#counts.get(spec) ?? 0) >= this.#max) return false;
    this.#count(spec, 1);
    return spec;
  }

  #count(spec: OpenTaskFacts['shownAs'], by: 1 | -1): void {
    if (typeof spec !== 'string' || spec === '') return;
    const count = (this.#counts.get(spec) ?? 0) + by;
    if (count > 0) this.#counts.set(spec, count);
    else this.#counts.delete(spec);
  }
}

const isPlain = ({ attempts, preemptions = [], decisions = [] }: TaskFacts): boolean =>
  attempts.length <= 1 &&
  attempts.every(({ outcome }) => outcome === undefined) &&
  preemptions.length === 0 &&
  decisions.length === 0;
