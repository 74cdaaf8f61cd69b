import { roomOf } from '@precedent/orchestration';
import type { EpochMs } from '@precedent/kernel';
import type { TaskRow } from '@precedent/tasks';
import { gateOf } from '../dispatch/queue-classes.ts';
import type { LimitKey } from './limit-key.ts';

/** Whether a limit keeps a queued task from starting now. */
export const isBlockedByLimit = (row: TaskRow): boolean => {
  const gate = gateOf(row);
  return gate !== undefined && !gate.isOpen && (gate.isStale || gate.closedFor(row) !== undefined);
};

/** What the tasks of one decision would take of their limits together: no slot is freed for a task that a limit would keep from it. */
export class LimitClaims {
  readonly #now: EpochMs;
  readonly #claimed = new Map<LimitKey, number>();
  readonly #admitted = new Set<TaskRow>();

  constructor(now: EpochMs) {
    this.#now = now;
  }

  /** Whether the task may start in addition to those before, and counts it. */
  admits(row: TaskRow): boolean {
    const gate = gateOf(row);
    if (gate === undefined || gate.isOpen || this.#admitted.has(row)) return true;
    const hasRoom = (key: LimitKey): boolean => roomOf(key, this.#now) > (this.#claimed.get(key) ?? 0);
    if (isBlockedByLimit(row) || !(row.durable.resuming || gate.keys.every(hasRoom))) return false;
    for (const key of gate.keys) this.#claimed.set(key, (this.#claimed.get(key) ?? 0) + 1);
    this.#admitted.add(row);
    return true;
  }
}
