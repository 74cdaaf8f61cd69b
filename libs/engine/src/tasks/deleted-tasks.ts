import type { EpochMs } from '@precedent/kernel';
import type { DeletedTask } from '@precedent/tasks';

/** Deleted tasks that the answer to `list` names, at most. */
const LATEST_MAX = 1_000;

/** The ids and namespaces of deleted tasks, and nothing else of them. The journal rebuilds it, like the ids of settled tasks. */
export class DeletedTasks {
  readonly #max: number;
  readonly #tasks = new Map<string, DeletedTask>();
  #latest: DeletedTask[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  add(task: DeletedTask): void {
    const [id] = task;
    this.#tasks.delete(id);
    this.#tasks.set(id, task);
    this.#latest.push(task);
    if (this.#latest.length > 2 * LATEST_MAX) this.#latest = this.#latest.slice(-LATEST_MAX);
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > this.#max && oldest !== undefined) this.#tasks.delete(oldest);
  }

  /** Call it when a new task is submitted under the id of a deleted one. */
  forget(id: string): void {
    if (this.#tasks.delete(id)) this.#latest = this.#latest.filter(([deleted]) => deleted !== id);
  }

  /** The namespace in which a task of this id was deleted. */
  namespaceOf(id: string): string | undefined {
    return this.#tasks.get(id)?.[1];
  }

  /** The ids of tasks that were deleted at `from` or later. */
  since(from: EpochMs): readonly string[] {
    return this.#latest.slice(-LATEST_MAX).flatMap(([id, , at]) => (at >= from ? [id] : []));
  }

  all(): Iterable<DeletedTask> {
    return this.#tasks.values();
  }
}
