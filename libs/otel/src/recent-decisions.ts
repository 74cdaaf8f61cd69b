import type { Band } from '@precedent/kernel';

/** What is remembered of a decision. */
export interface DecisionSummary {
  readonly at: number;
  readonly pool: string;
  readonly band: Band;
}

const DECISIONS_MAX = 10_000;

/** Remembers the latest decisions: an event about the end of a victim names only the id of its decision. */
export class RecentDecisions {
  readonly #decisions = new Map<string, DecisionSummary>();

  add(id: string, decision: DecisionSummary): void {
    this.#decisions.set(id, decision);
    if (this.#decisions.size <= DECISIONS_MAX) return;
    for (const oldest of this.#decisions.keys()) {
      this.#decisions.delete(oldest);
      return;
    }
  }

  /** `undefined` for an old decision, and for one of an engine before this one. */
  get(id: string): DecisionSummary | undefined {
    return this.#decisions.get(id);
  }
}
