import { BUDGET_WINDOW_MS } from '@precedent/access';
import type { EpochMs } from '@precedent/kernel';

/** When each principal submitted its critical tasks of the last hour. A new engine begins with whole budgets. */
export class CriticalBudgets {
  readonly #spent = new Map<string, EpochMs[]>();

  spentBy(principal: string, now: EpochMs): readonly EpochMs[] {
    const times = this.#spent.get(principal);
    if (times === undefined) return [];
    const recent = times.findIndex((at) => at > now - BUDGET_WINDOW_MS);
    times.splice(0, recent === -1 ? times.length : recent);
    if (times.length === 0) this.#spent.delete(principal);
    return times;
  }

  spend(principal: string, at: EpochMs): void {
    const times = this.#spent.get(principal);
    if (times === undefined) this.#spent.set(principal, [at]);
    else times.push(at);
  }

  /** Takes back what was spent at this time. */
  refund(principal: string, at: EpochMs): void {
    const times = this.#spent.get(principal) ?? [];
    const index = times.lastIndexOf(at);
    if (index !== -1) times.splice(index, 1);
  }
}
