import type {
  AttemptView,
  Cleared,
  DecisionView,
  DecisionsRequest,
  HistoryCopyReply,
  HistoryDecisionsReply,
  HistoryEventsReply,
  HistoryEventsRequest,
  HistoryFeedReply,
  HistoryFeedRequest,
  HistoryGetReply,
  HistoryGetRequest,
  HistoryListReply,
  HistoryListRequest,
  HistoryLogsReply,
  HistoryLogsRequest,
  HistoryOptimiseReply,
  HistoryRebuildReply,
  HistoryRows,
  HistorySearchReply,
  HistorySearchRequest,
  HistoryStats,
  HistoryStatsReply,
  HistoryStatsRequest,
  HistoryStatusReply,
  OperationView,
  SetAside,
  SetAsideView,
  TaskEventName,
  TaskState,
} from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { TaskClass, TaskRow } from '@precedent/tasks';
import type { Caller } from './callers.port.ts';

/** A task as the history keeps it: the fold of its records, and what only a reader of all of them knows. Only the projection writes to it. */
export interface TaskEntry {
  readonly row: TaskRow;
  readonly name?: string | undefined;
  readonly command?: string | undefined;
  /** As a user sees it. */
  state: TaskState;
  /** 0: it never started. */
  firstStartedAt: EpochMs;
  /** Milliseconds that its code ran, over all leases that have ended. */
  ranMs: number;
  /** Journal sequence up to which it has seen everything, when it came from a snapshot or an older history; otherwise 0. */
  asOf: number;
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

/** The event of the feed that a record is, and what of it no other table has. */
export interface Announced {
  readonly event: TaskEventName;
  readonly class: TaskClass;
  readonly epoch: number;
  readonly attempt: number;
  readonly retries: number;
  readonly dueAt?: EpochMs | undefined;
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
  readonly attempts: readonly { readonly entry: TaskEntry; readonly attempt: AttemptView }[];
  readonly operations: readonly {
    readonly entry?: TaskEntry | undefined;
    readonly operation: Omit<OperationView, 'sequence'>;
    readonly announced?: Announced | undefined;
  }[];
  readonly decisions: readonly DecisionView[];
  /** What could not be folded. */
  readonly aside?: readonly SetAside[];
  /** Events of earlier entries are not all there. */
  readonly wholeFrom?: number | undefined;
}

/** A request with its limit, which the store does not choose. */
export type HistoryListQuery = Cleared<HistoryListRequest> & { readonly limit: number };

export interface HistoryList {
  readonly entries: readonly TaskEntry[];
  /** Absent: this was the last page. With fewer entries than the limit, or none: there may be more, further back. */
  readonly cursor?: string | undefined;
}

export type HistoryEventsQuery = HistoryEventsRequest & { readonly limit: number };

export type HistoryFeedQuery = Cleared<Omit<HistoryFeedRequest, 'waitMs'>> & {
  readonly after: string;
  readonly limit: number;
};

export type HistoryFeed = Omit<HistoryFeedReply, 'freshness'>;

export interface HistoryCounts extends HistoryRows {
  readonly bytes: number;
}

/**
 * Where the projection of a cell's journal is kept. Synchronous: it is a file of this process. Anything may throw
 * HISTORY_UNAVAILABLE, with `details.corrupt` when the store is damaged; then nothing of the call was kept.
 */
export interface HistoryStore {
  position(): HistoryPosition;
  /** What the fold needs to go on with a task. */
  load(id: string): TaskEntry | undefined;
  /** All of it, with the position, or nothing. */
  apply(changes: HistoryChanges): void;
  attempts(id: string): readonly AttemptView[];
  list(query: HistoryListQuery): HistoryList;
  /** The best match first. `ranked` is `false` when there were too many to compare: then the latest first. */
  search(
    text: string,
    query: Omit<HistoryListQuery, 'cursor' | 'order' | 'text'>,
  ): {
    readonly entries: readonly TaskEntry[];
    readonly ranked: boolean;
  };
  stats(query: Cleared<HistoryStatsRequest>): HistoryStats;
  /** Of one task the first one first; otherwise the latest first. */
  operations(query: HistoryEventsQuery): {
    readonly operations: readonly OperationView[];
    readonly cursor?: string | undefined;
  };
  /** Events in the order of the journal. With fewer than the limit, `last` is as far as was looked. */
  feed(query: HistoryFeedQuery): HistoryFeed;
  /** The latest first; those about a task, or at its expense, when it is named. */
  decisions(query: { readonly task?: string | undefined; readonly limit: number }): readonly DecisionView[];
  counts(): HistoryCounts;
  setAside(): SetAsideView;
  /** Removes tasks settled before, with all that belongs to them, `max` at most. Resolves to how many it were. */
  forget(settledBefore: EpochMs, max: number): number;
  /** Counts tasks for `stats` that an older version stored without counting them, the latest first, `max` at most. Returns how many it were. */
  countOlder(max: number): number;
  /** From here on what was applied before survives a power loss. Returns its sequence. */
  secure(): number;
  close(): void;
}

/** A history that is being built, while the previous one still answers. */
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

/** The part of a history that belongs to single tasks, and to namespaces. */
export interface NamespaceHistory {
  /** Waits up to `waitMs` for the rest of the journal when the task, or its verdict, is not there. */
  get(request: HistoryGetRequest): Promise<HistoryGetReply>;
  list(request: Cleared<HistoryListRequest>): Promise<HistoryListReply>;
  stats(request: Cleared<HistoryStatsRequest>): Promise<HistoryStatsReply>;
  events(request: HistoryEventsRequest): Promise<HistoryEventsReply>;
  /** Waits up to `waitMs` for an event when there is none. */
  feed(request: Cleared<HistoryFeedRequest>): Promise<HistoryFeedReply>;
  decisions(request: DecisionsRequest): Promise<HistoryDecisionsReply>;
  search(request: Cleared<HistorySearchRequest>): Promise<HistorySearchReply>;
  /** The output of a task. */
  logs(request: HistoryLogsRequest): Promise<HistoryLogsReply>;
}

/** What every interface of the history can request. Rejects TASK_NOT_FOUND, INVALID_REQUEST or HISTORY_UNAVAILABLE. */
export interface HistoryApi extends NamespaceHistory {
  /** The same for a caller: all of it where access is open, otherwise what is in its scope. */
  forCaller(caller: Caller): NamespaceHistory;
  status(): Promise<HistoryStatusReply>;
  /** Builds the history again from the journal, next to the one that answers. `started` is `false` when that is under way already. */
  rebuild(): Promise<HistoryRebuildReply>;
  /** Puts the file in order while it is used. */
  optimise(): Promise<HistoryOptimiseReply>;
  /** Copies the history into a file next to it, as it is at one moment. One copy at a time: a request meanwhile gets the same. */
  copy(): Promise<HistoryCopyReply>;
}
