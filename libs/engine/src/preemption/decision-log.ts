import type { DecisionView, DecisionsRequest } from '@precedent/contract-types';
import { explain } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';

/** Decisions in memory, at least; older ones are in the journal only. */
const DECISIONS_MAX = 2_000;

/** The latest decisions, newest first. */
export class DecisionLog {
  #views: DecisionView<DecisionRecord>[] = [];
  /** By the waiting task. Every round looks decisions up, so it must not search the list. */
  #latest = new Map<string, DecisionView<DecisionRecord>>();

  add(id: string, record: DecisionRecord): DecisionView<DecisionRecord> {
    const { decision } = record;
    const view: DecisionView<DecisionRecord> = {
      id,
      at: decision.at,
      task: decision.preemptor.id,
      outcome: decision.outcome,
      victims: decision.victims.map((victim) => victim.id),
      explanation: explain(decision),
      record,
    };
    this.#views.push(view);
    this.#latest.set(view.task, view);
    if (this.#views.length > 2 * DECISIONS_MAX) this.#forgetOldest();
    return view;
  }

  find(decision: string): DecisionView<DecisionRecord> | undefined {
    return this.#views.findLast((view) => view.id === decision);
  }

  /** The last decision about a task. */
  lastOf(task: string): DecisionView<DecisionRecord> | undefined {
    return this.#latest.get(task);
  }

  /** Forgets the decisions about a task. Those in which it was a victim stay, because they explain another task. */
  forget(task: string): void {
    if (!this.#latest.delete(task)) return;
    this.#views = this.#views.filter((view) => view.task !== task);
  }

  #forgetOldest(): void {
    this.#views = this.#views.slice(-DECISIONS_MAX);
    this.#latest = new Map(this.#views.map((view) => [view.task, view]));
  }

  list(filter: DecisionsRequest): DecisionView<DecisionRecord>[] {
    const { task, limit = 50 } = filter;
    const matching = this.#views.filter(
      (view) => task === undefined || view.task === task || view.victims.includes(task),
    );
    return matching.slice(-Math.min(limit, DECISIONS_MAX)).reverse();
  }
}
