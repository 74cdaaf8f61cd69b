import type { SkipCause, Verdict } from '@precedent/contract-types';

/** How a task ended that the engine has forgotten. */
export interface ArchivedVerdict {
  readonly verdict: Verdict;
  /** Of a skipped one. */
  readonly cause?: SkipCause | undefined;
  readonly result?: unknown;
  /** `null`: none. */
  readonly error?: { readonly code: string; readonly message: string } | null;
  /** Its security label. */
  readonly security?: string | undefined;
}

/** The verdicts of tasks that the engine has forgotten. */
export interface VerdictArchive {
  /** By id, of the tasks of a namespace that have one. Rejects with HISTORY_UNAVAILABLE when it cannot tell. */
  verdicts(namespace: string, ids: readonly string[]): Promise<ReadonlyMap<string, ArchivedVerdict>>;
}
