import { ChurnMap } from '@precedent/kernel';
import type { TaskRow } from '@precedent/tasks';

const NONE: readonly TaskRow[] = [];

/** Which waiting tasks depend on which task, by the id of the latter. */
export class Dependants {
  readonly #of = new ChurnMap<string, TaskRow[]>();

  of(id: string): readonly TaskRow[] {
    return this.#of.get(id) ?? NONE;
  }

  /** Returns and forgets the tasks that depend on one that has its verdict. */
  take(id: string): readonly TaskRow[] {
    const rows = this.of(id);
    if (rows.length > 0) this.#of.delete(id);
    return rows;
  }

  add(id: string, row: TaskRow): void {
    const rows = this.#of.get(id);
    if (rows === undefined) this.#of.set(id, [row]);
    else if (!rows.includes(row)) rows.push(row);
  }

  remove(id: string, row: TaskRow): void {
    const rows = this.#of.get(id);
    const index = rows?.indexOf(row) ?? -1;
    if (rows === undefined || index < 0) return;
    if (rows.length === 1) this.#of.delete(id);
    else rows.splice(index, 1);
  }
}
