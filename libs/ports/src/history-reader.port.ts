import type { EpochMs } from '@precedent/kernel';

/** One settled or running task, as reports and exports need it. */
export interface TaskSummary {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly name?: string;
  readonly band: string;
  /** Its security label. */
  readonly security?: string;
  readonly state: string;
  readonly submittedAt: EpochMs;
  readonly startedAt?: EpochMs;
  readonly settledAt?: EpochMs;
  /** Milliseconds from the last start to the verdict. */
  readonly durationMs?: number;
  readonly attempts: number;
  readonly preemptions: number;
  readonly worker?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly fingerprint?: string };
}

/** All conditions hold together. */
export interface TaskSummaryFilter {
  readonly namespace: string;
  readonly project?: string;
  readonly types?: readonly string[];
  readonly states?: readonly string[];
  /** Of the submission: from inclusive, to exclusive. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
}

/** The history, for those who only read it. Both methods reject with HISTORY_UNAVAILABLE when it does not answer. */
export interface HistoryReader {
  /** `limit` (1 to 1,000) at a time; `after` is the `next` of the page before, of the same filter. */
  list(
    filter: TaskSummaryFilter,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly tasks: readonly TaskSummary[]; readonly next?: string }>;
  /** Tasks by state. */
  stats(
    filter: TaskSummaryFilter,
  ): Promise<{ readonly total: number; readonly byState: Readonly<Record<string, number>> }>;
}
