import type { Band } from '@precedent/kernel';

/** What outlives the moment of a decision. */
export interface DecisionNote {
  readonly at: number;
  readonly pool: string;
  readonly band: Band;
}

const KEPT_MAX = 10_000;

/** The latest decisions, for those who hear of a victim's end and want to know what took its place. */
export class DecisionBook {
  readonly #notes = new Map<string, DecisionNote>();

  add(id: string, note: DecisionNote): void {
    this.#notes.set(id, note);
    if (this.#notes.size <= KEPT_MAX) return;
    for (const oldest of this.#notes.keys()) {
      this.#notes.delete(oldest);
      return;
    }
  }

  /** `undefined` also for a decision of an engine before this one. */
  get(id: string): DecisionNote | undefined {
    return this.#notes.get(id);
  }
}
