import type { TaskEntry } from '@precedent/ports';
import { isSettled } from '@precedent/tasks';
import type { Attempt } from '@precedent/tasks';

export interface OpenTask {
  readonly entry: TaskEntry;
  attempt: Attempt;
}

/**
 * Tasks in memory, so that the next record of one costs no look into the store. The oldest go when there are too many, and those that
 * are over go first: nothing will happen to them any more.
 */
export class OpenTasks {
  readonly #max: number;
  readonly #tasks = new Map<string, OpenTask>();

  constructor(max: number) {
    this.#max = max;
  }

  get(id: string): OpenTask | undefined {
    return this.#tasks.get(id);
  }

  set(task: OpenTask): void {
    this.#tasks.set(task.entry.row.id, task);
  }

  delete(id: string): void {
    this.#tasks.delete(id);
  }

  /** To be called when everything that was changed is in the store. */
  trim(touched: Iterable<OpenTask>): void {
    for (const { entry } of touched) if (isSettled(entry.row.state)) this.#tasks.delete(entry.row.id);
    for (const id of this.#tasks.keys()) {
      if (this.#tasks.size <= this.#max) return;
      this.#tasks.delete(id);
    }
  }
}
