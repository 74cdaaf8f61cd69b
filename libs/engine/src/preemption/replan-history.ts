const TASKS_MAX = 10_000;

/** The replans of a waiting task. */
export interface Replan {
  /** Its former victims that were not evicted, because they could not yield in time. */
  readonly spared: readonly string[];
  readonly replans: number;
}

/** Remembers the decisions that had to be replaced, by the waiting task that they were made for. */
export class ReplanHistory {
  readonly #byTask = new Map<string, Replan>();

  of(task: string): Replan | undefined {
    return this.#byTask.get(task);
  }

  spared(task: string, victim: string): void {
    const { spared, replans } = this.#byTask.get(task) ?? { spared: [], replans: 0 };
    if (this.#byTask.size >= TASKS_MAX) this.#byTask.clear();
    this.#byTask.set(task, { spared: [...spared, victim], replans: replans + 1 });
  }

  forget(task: string): void {
    this.#byTask.delete(task);
  }
}
