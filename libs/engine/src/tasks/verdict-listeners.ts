import type { TaskRow } from '@precedent/tasks';
import type { Outbox } from '../journal/outbox.ts';

type Listener = (row: TaskRow) => void;

/** Calls listeners when the verdict of their task is durable. */
export class VerdictListeners {
  readonly #outbox: Outbox;
  readonly #byTask = new Map<string, Listener[]>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Calls `listener` once. The returned function removes it. */
  add(id: string, listener: Listener): () => void {
    this.#byTask.set(id, [...(this.#byTask.get(id) ?? []), listener]);
    return () => {
      const rest = (this.#byTask.get(id) ?? []).filter((other) => other !== listener);
      if (rest.length > 0) this.#byTask.set(id, rest);
      else this.#byTask.delete(id);
    };
  }

  settled(row: TaskRow): void {
    if (this.#byTask.size === 0) return;
    const listeners = this.#byTask.get(row.id);
    if (listeners === undefined) return;
    this.#byTask.delete(row.id);
    this.#outbox.afterCommit(() => {
      for (const listener of listeners) listener(row);
    });
  }
}
