import type { TaskEventName } from './task-view.ts';

/** The body of every task event. What does not apply is absent. */
export interface TaskEvent {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  /** Its name, and what it runs as one line, both cut; absent where it has none, or a body of more than 16 KiB. */
  readonly name?: string;
  readonly commandLine?: string;
  readonly band: string;
  readonly event: TaskEventName;
  /** Epoch milliseconds. */
  readonly at: number;
  /**
   * Its place in the journal of the cell, as text that is ordered as the journal is, and the same in the history. Absent where the event is
   * no record: `progress`, `blocking`, `overdue`, and the start of a task that waited at its worker for a slot.
   */
  readonly sequence?: string;
  readonly attempt: number;
  readonly worker?: string;
  /** Progress: 0 to 1. */
  readonly fraction?: number;
  readonly message?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  /** Retries used up, with `retrying` and `failed`. */
  readonly retries?: number;
  /** When the next attempt is due, with `retrying`. */
  readonly dueAt?: number;
  /** Why, with `cancelled`, `stopping` and `requeued`. */
  readonly reason?: string;
}
