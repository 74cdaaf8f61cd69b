import type { Ended } from '@precedent/orchestration';

/** How a task ended that the engine has forgotten. */
export interface ArchivedVerdict extends Ended {
  /** Its security label. */
  readonly security?: string | undefined;
}

/** The verdicts of tasks that the engine has forgotten. */
export interface VerdictArchive {
  /** By id, of the tasks of a namespace that have one. Rejects with HISTORY_UNAVAILABLE when it cannot tell. */
  verdicts(namespace: string, ids: readonly string[]): Promise<ReadonlyMap<string, ArchivedVerdict>>;
}
