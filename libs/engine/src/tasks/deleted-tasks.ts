import type { EpochMs } from '@precedent/kernel';
import type { DeletedTask } from '@precedent/tasks';

/** Told with a list, at most. */
const LATEST_MAX = 1_000;

/** Which tasks were deleted: their ids and namespaces, and nothing else of them. Journal state, like the ids of settled tasks. */
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

  /** A task that comes in under the id of a deleted one is another one. */
  forget(id: string): void {
    if (this.#tasks.delete(id)) this.#latest = this.#latest.filter(([deleted]) => deleted !== id);
  }

  /** The namespace in which a task of this id was deleted. */
  namespaceOf(id: string): string | undefined {
    return this.#tasks.get(id)?.[1];
  }

  /** Those that were deleted from a time on. */
  since(from: EpochMs): readonly string[] {
    return this.#latest.slice(-LATEST_MAX).flatMap(([id, , at]) => (at >= from ? [id] : []));
  }

  all(): Iterable<DeletedTask> {
    return this.#tasks.values();
  }
}
