import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { TaskRow, VictimEnd } from '@precedent/tasks';
import type { SetAside, SetAsides } from './set-aside.port.ts';
import type { PublicState, TaskSnapshot } from './task-api.port.ts';

/** A task as the history keeps it: the fold of its records, and what only a reader of all of them knows. Only the projection writes to it. */
export interface TaskEntry {
  readonly row: TaskRow;
  readonly name?: string | undefined;
  readonly command?: string | undefined;
  /** As a user sees it. */
  state: PublicState;
  /** 0: it never started. */
  firstStartedAt: EpochMs;
  /** Milliseconds that its code ran, over all leases that have ended. */
  ranMs: number;
  /** Journal sequence up to which it has seen everything, when it came from a snapshot or an older history; otherwise 0. */
  asOf: number;
}

export type AttemptOutcome =
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'timed_out'
  | 'returned'
  | 'lost'
  | 'yielded'
  | 'preempted';

/** One lease of a task. `epoch` is its key within the task. */
export interface AttemptEntry {
  readonly epoch: number;
  /** Several leases may belong to one attempt: it went on after a preemption. */
  readonly attempt: number;
  readonly worker: string;
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs | undefined;
  readonly outcome?: AttemptOutcome | undefined;
  /** How it ended as a victim. */
  readonly end?: VictimEnd | undefined;
  readonly error?: Problem | undefined;
}

/** One line of the log of operations. `seq` and `index` are its place: journal entry, and record in it. */
export interface OperationEntry {
  readonly seq: number;
  readonly index: number;
  readonly at: EpochMs;
  /** Absent: it is about the cell. */
  readonly task?: string | undefined;
  /** The kind of the record. */
  readonly event: string;
  readonly note?: string | undefined;
}

/** A decision about a waiting task. `record` holds what it takes to make it again. */
export interface DecisionEntry {
  readonly id: string;
  readonly at: EpochMs;
  readonly task: string;
  readonly outcome: string;
  readonly victims: readonly string[];
  readonly explanation: string;
  readonly record: unknown;
}

/** Up to where the journal was read. */
export interface HistoryPosition {
  /** Of the last journal entry that is in the store; 0: none. */
  readonly seq: number;
  /** Of the engine that wrote it: entries of an older one are void. */
  readonly epoch: number;
  /** When that entry was written. */
  readonly at: EpochMs;
}

/** What some entries of the journal change. Rows of the same task name the same `entry` object. */
export interface HistoryChanges {
  readonly position: HistoryPosition;
  /** Tasks that go, with all that belongs to them and the decisions about them; before anything else is applied. */
  readonly removed: readonly string[];
  /** Tasks that the store does not have, or under whose id it has one that is over: that one is replaced. */
  readonly added: readonly TaskEntry[];
  /** Tasks that it has. */
  readonly changed: readonly TaskEntry[];
  readonly attempts: readonly { readonly entry: TaskEntry; readonly attempt: AttemptEntry }[];
  readonly operations: readonly {
    readonly entry?: TaskEntry | undefined;
    readonly operation: OperationEntry;
  }[];
  readonly decisions: readonly DecisionEntry[];
  /** What could not be folded. */
  readonly aside?: readonly SetAside[];
}

/** What is not named is not asked for; values of one list are alternatives. */
export interface HistoryFilter {
  readonly state?: readonly PublicState[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  readonly worker?: string | undefined;
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly errorCode?: string | undefined;
  /** Words of name, type, command, error or labels; all of them, the last one may be a beginning. */
  readonly text?: string | undefined;
  /** Submitted, or settled when that is the order: from here on, and before. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  /** How the id begins. */
  readonly idPrefix?: string | undefined;
}

export interface HistoryListQuery extends HistoryFilter {
  /** The latest first, by submission or by verdict. By submission when left out. */
  readonly order?: 'submitted' | 'settled' | undefined;
  readonly limit: number;
  /** Of an earlier page, with the same filter and order. INVALID_REQUEST when it is no cursor. */
  readonly cursor?: string | undefined;
}

export interface HistoryList {
  readonly entries: readonly TaskEntry[];
  /** Absent: this was the last page. */
  readonly cursor?: string | undefined;
}

/** Milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Tasks that they were taken of: the latest ones, up to a limit. */
  readonly of: number;
}

export interface StatsBucket {
  readonly from: EpochMs;
  readonly submitted: number;
  readonly settled: Readonly<Partial<Record<PublicState, number>>>;
}

export interface HistoryStatsQuery extends HistoryFilter {
  /** Milliseconds; with it `since` and `until` must be there. */
  readonly bucketMs?: number | undefined;
}

export interface HistoryStats {
  readonly total: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byBand: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, number>>;
  readonly byProject: Readonly<Record<string, number>>;
  /** From submission to the first start. */
  readonly waitMs?: Quantiles | undefined;
  readonly runMs?: Quantiles | undefined;
  readonly buckets?: readonly StatsBucket[] | undefined;
}

export interface OperationsQuery {
  readonly task?: string | undefined;
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface HistoryCounts {
  readonly tasks: number;
  readonly attempts: number;
  readonly operations: number;
  readonly decisions: number;
  readonly bytes: number;
}

/**
 * Where the projection of a cell's journal is kept. Synchronous: it is a file, or memory, of this process. Anything may throw
 * HISTORY_UNAVAILABLE, with `details.corrupt` when the store is damaged; then nothing of the call was kept.
 */
export interface HistoryStore {
  position(): HistoryPosition;
  /** What the fold needs to go on with a task. */
  load(id: string): TaskEntry | undefined;
  /** All of it, with the position, or nothing. */
  apply(changes: HistoryChanges): void;
  attempts(id: string): readonly AttemptEntry[];
  list(query: HistoryListQuery): HistoryList;
  /** The best match first. `ranked` is `false` when there were too many to compare: then the latest first. */
  search(
    text: string,
    query: Omit<HistoryListQuery, 'cursor' | 'order' | 'text'>,
  ): {
    readonly entries: readonly TaskEntry[];
    readonly ranked: boolean;
  };
  stats(query: HistoryStatsQuery): HistoryStats;
  /** Of one task the first one first; otherwise the latest first. */
  operations(query: OperationsQuery): {
    readonly operations: readonly OperationEntry[];
    readonly cursor?: string | undefined;
  };
  /** The latest first; those about a task, or at its expense, when it is named. */
  decisions(query: { readonly task?: string | undefined; readonly limit: number }): readonly DecisionEntry[];
  counts(): HistoryCounts;
  setAside(): SetAsides;
  /** Removes tasks settled before, with all that belongs to them, `max` at most. Resolves to how many it were. */
  forget(settledBefore: EpochMs, max: number): number;
  /** From here on what was applied before survives a power loss. Returns its sequence. */
  secure(): number;
  close(): void;
}

/** A history in the making, beside the one that still answers. */
export interface HistoryBuild {
  readonly store: HistoryStore;
  /**
   * Takes over tasks submitted before a time, with all that belongs to them, from the history that answers; `max` at a time, those
   * behind `after`. Returns where it got to; `undefined` when there are no more. Only before anything was applied.
   */
  carry(before: EpochMs, after: number, max: number): number | undefined;
  /** Removes tasks without a verdict of which nothing is known from this journal sequence on. Returns how many. */
  dropUnknown(asOf: number): number;
  /** Closes the other one and takes its place. */
  finish(): HistoryStore;
  /** Leaves nothing of it. */
  discard(): void;
}

/** A task as the history shows it. What does not apply is absent. */
export interface HistoryTask extends TaskSnapshot {
  readonly firstStartedAt?: EpochMs;
  /** From submission to the first start. */
  readonly waitedMs?: number;
  /** That its code ran. */
  readonly ranMs?: number;
  /** Leases that ended with their worker. */
  readonly losses?: number;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Names of its environment variables; their values are not kept. */
  readonly envKeys?: readonly string[];
  readonly payload?: unknown;
  /** Characters of a payload that was too large to keep. */
  readonly payloadChars?: number;
}

/** How far an answer goes. */
export interface Freshness {
  readonly seq: number;
  /** The last entry of the journal that was known to exist. */
  readonly lastSeq: number;
  /** Milliseconds; 0: it had everything. */
  readonly lagMs: number;
  readonly rebuilding: boolean;
}

type Fresh<T> = Promise<T & { readonly freshness: Freshness }>;
type AtMost<T extends { readonly limit: number }> = Omit<T, 'limit'> & {
  readonly limit?: number | undefined;
};

/** What every interface of the history can ask of it. Rejects TASK_NOT_FOUND, INVALID_REQUEST or HISTORY_UNAVAILABLE. */
export interface HistoryApi {
  /** Waits up to `waitMs` for the rest of the journal when the task, or its verdict, is not there. */
  get(request: { readonly id: string; readonly waitMs?: number | undefined }): Fresh<{
    readonly task: HistoryTask;
    readonly attempts: readonly AttemptEntry[];
  }>;
  list(query: AtMost<HistoryListQuery>): Fresh<{
    readonly tasks: readonly HistoryTask[];
    readonly cursor?: string;
  }>;
  stats(query: HistoryStatsQuery): Fresh<HistoryStats>;
  events(query: AtMost<OperationsQuery>): Fresh<{
    readonly events: readonly OperationEntry[];
    readonly cursor?: string;
  }>;
  decisions(query: { readonly task?: string | undefined; readonly limit?: number | undefined }): Fresh<{
    readonly decisions: readonly DecisionEntry[];
  }>;
  search(query: AtMost<HistoryListQuery> & { readonly text: string }): Fresh<{
    readonly tasks: readonly HistoryTask[];
    readonly ranked: boolean;
  }>;
  status(): Fresh<HistoryStatus>;
  /** Makes the history anew from the journal, beside the one that answers. `started` is `false` when that is under way already. */
  rebuild(): Fresh<{ readonly started: boolean }>;
  /** Puts the file in order while it is used. */
  optimise(): Fresh<{ readonly bytes: number; readonly freeBytes: number }>;
  /** Copies the history beside itself, as it is at one moment. One at a time: whoever asks meanwhile gets the same. */
  copy(): Fresh<HistoryCopy>;
}

/** Where a copy is, and how far it goes. */
export interface HistoryCopy {
  /** Absolute. */
  readonly file: string;
  readonly seq: number;
  readonly tasks: number;
}

export interface HistoryStatus {
  readonly state: 'following' | 'rebuilding' | 'waiting' | 'failed';
  readonly problem?: Problem;
  readonly startedAt: EpochMs;
  readonly rows: Omit<HistoryCounts, 'bytes'>;
  readonly bytes: number;
  readonly setAside?: SetAsides;
  readonly retentionMs: number;
}
