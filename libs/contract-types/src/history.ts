import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { DecisionView } from './explanation.ts';
import type { TaskEvent } from './task-event.ts';
import type { TaskEventName, TaskState, TaskView } from './task-view.ts';
import type { LogChunk } from './worker-protocol.ts';

/** Tasks that meet every condition; values of one list are alternatives. */
export interface HistoryFilter {
  readonly state?: readonly TaskState[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  /** Any of these. */
  readonly projects?: readonly string[] | undefined;
  readonly worker?: string | undefined;
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly errorCode?: string | undefined;
  /** Words of name, type, command, error or labels: all of them; the last one may be a beginning. */
  readonly text?: string | undefined;
  /** Of the submission, or of the verdict in a list in that order: from inclusive, to exclusive. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  /** How the id begins. */
  readonly idPrefix?: string | undefined;
}

export interface HistoryGetRequest {
  readonly id: string;
  /** Milliseconds to wait, when the task is not there, for what the journal has that the history has not. */
  readonly waitMs?: number | undefined;
}

export interface HistoryListRequest extends HistoryFilter {
  /** The latest first, by submission or by verdict. By submission when left out, and where `text` matches thousands of tasks. */
  readonly order?: 'submitted' | 'settled' | undefined;
  readonly limit?: number | undefined;
  /** Of an earlier page, with the same filter and order. INVALID_REQUEST when it is no cursor. */
  readonly cursor?: string | undefined;
}

export interface HistoryStatsRequest extends HistoryFilter {
  /** Milliseconds; needs `since` and `until`. */
  readonly bucketMs?: number | undefined;
}

export interface HistoryEventsRequest {
  readonly task?: string | undefined;
  /** Only what follows this sequence, and the first one first. */
  readonly after?: string | undefined;
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Events that meet every condition; values of one list are alternatives. */
export interface HistoryFeedRequest {
  /** Only what follows this sequence. Left out: only what comes from now on. */
  readonly after?: string | undefined;
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  /** Any of these. */
  readonly projects?: readonly string[] | undefined;
  readonly band?: readonly Band[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly event?: readonly TaskEventName[] | undefined;
  readonly task?: string | undefined;
  readonly limit?: number | undefined;
  /** Milliseconds to wait when there is nothing yet. */
  readonly waitMs?: number | undefined;
}

export interface HistoryLogsRequest {
  readonly id: string;
  /** The `last` of an earlier answer; 0 when left out: from the beginning. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
  /** Milliseconds to wait when there is nothing yet. */
  readonly waitMs?: number | undefined;
}

/** The output of a task, oldest first. */
export interface HistoryLogsReply {
  readonly chunks: readonly LogChunk[];
  /** Where the next request goes on. */
  readonly last: number;
}

export interface DecisionsRequest {
  readonly task?: string | undefined;
  readonly limit?: number | undefined;
}

export interface HistorySearchRequest extends Omit<HistoryListRequest, 'cursor' | 'order' | 'text'> {
  readonly text: string;
}

/** How far an answer goes. */
export interface HistoryFreshness {
  /** The last journal entry that is in it. */
  readonly seq: number;
  /** The last one that was known to exist. */
  readonly lastSeq: number;
  /** Milliseconds; 0: it had everything. */
  readonly lagMs: number;
  /** Another one is being made, and will take its place. */
  readonly rebuilding: boolean;
}

/** A task as the history shows it. What does not apply is absent. */
export interface HistoryTaskView extends TaskView {
  readonly firstStartedAt?: EpochMs;
  /** Milliseconds from submission to the first start. */
  readonly waitedMs?: number;
  /** Milliseconds that its code ran. */
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

export type AttemptOutcome =
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'timed_out'
  | 'returned'
  | 'lost'
  | 'yielded'
  | 'preempted';

/** One lease of a task; `epoch` is its key within the task. Several leases belong to one attempt that went on after a preemption. */
export interface AttemptView {
  readonly epoch: number;
  readonly attempt: number;
  readonly worker: string;
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs | undefined;
  readonly outcome?: AttemptOutcome | undefined;
  /** How it ended as a victim of a preemption. */
  readonly end?: string | undefined;
  readonly error?: Problem | undefined;
}

/** One line of the log of operations. `seq` and `index` are its place: journal entry, and record in it. */
export interface OperationView {
  readonly seq: number;
  readonly index: number;
  /** The same place as text, as the event of the feed has it which follows from this record. */
  readonly sequence: string;
  readonly at: EpochMs;
  /** Absent: it is about the cell. */
  readonly task?: string | undefined;
  /** The kind of the record. */
  readonly event: string;
  readonly note?: string | undefined;
}

/** Milliseconds, exact below 32 and within 3.2 % above. */
export interface QuantilesView {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Tasks that they were taken of. */
  readonly of: number;
}

interface Fresh {
  readonly freshness: HistoryFreshness;
}

export interface HistoryGetReply extends Fresh {
  readonly task: HistoryTaskView;
  readonly attempts: readonly AttemptView[];
}
export interface HistoryListReply extends Fresh {
  readonly tasks: readonly HistoryTaskView[];
  /** Absent: this was the last page. A filter that matches few of very many tasks may need several pages that are not full. */
  readonly cursor?: string;
}
export interface HistoryStats {
  readonly total: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byBand: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, number>>;
  readonly byProject: Readonly<Record<string, number>>;
  /** From submission to the first start. */
  readonly waitMs?: QuantilesView | undefined;
  readonly runMs?: QuantilesView | undefined;
  readonly buckets?: readonly StatsBucket[] | undefined;
  /** How the answer differs from the request; absent: in nothing. */
  readonly scope?: StatsScope | undefined;
}

/** What was counted instead of what was requested; what does not differ is absent. */
export interface StatsScope {
  /** Too many tasks for borders within a minute, or within an hour where they are more than two days old: the period from here. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
  readonly bucketMs?: number | undefined;
  /** A filter by worker, label, error, words or id matches more tasks than are read: only so many were, the latest. */
  readonly latest?: number | undefined;
  /** Older tasks, about, that are not counted yet, since the history was written by another version. */
  readonly uncounted?: number | undefined;
}

export interface StatsBucket {
  readonly from: EpochMs;
  readonly submitted: number;
  readonly settled: Readonly<Partial<Record<TaskState, number>>>;
}

export type HistoryStatsReply = HistoryStats & Fresh;
export interface HistoryEventsReply extends Fresh {
  readonly events: readonly OperationView[];
  readonly cursor?: string;
}
/** An event that follows from the journal. */
export interface JournalledEvent extends TaskEvent {
  readonly error?: Problem;
  readonly sequence: string;
  /** Of the lease; 0 before the first. */
  readonly epoch: number;
  readonly security?: string;
}

export interface HistoryFeedReply extends Fresh {
  /** In the order of the journal. */
  readonly events: readonly JournalledEvent[];
  /** The sequence from which the next request goes on. */
  readonly last: string;
  /** The history does not have what follows `after` up to this sequence. */
  readonly gapTo?: string;
}
export interface HistoryDecisionsReply extends Fresh {
  readonly decisions: readonly DecisionView[];
}
export interface HistorySearchReply extends Fresh {
  readonly tasks: readonly HistoryTaskView[];
  /** `false`: there were too many matches to compare; these are the latest ones. */
  readonly ranked: boolean;
}
export interface HistoryRows {
  readonly tasks: number;
  readonly attempts: number;
  readonly operations: number;
  readonly decisions: number;
}

export interface HistoryStatus {
  readonly state: 'following' | 'rebuilding' | 'waiting' | 'failed';
  /** Why it does not follow at present. */
  readonly problem?: Problem;
  readonly startedAt: EpochMs;
  readonly rows: HistoryRows;
  readonly bytes: number;
  /** What could not be taken in from the journal: the latest 100. */
  readonly setAside?: SetAsideView;
  /** Milliseconds for which settled tasks are kept. */
  readonly retentionMs: number;
}
export interface HistoryRebuildReply extends Fresh {
  /** `false`: one is under way already. */
  readonly started: boolean;
}

/** The history was put in order; bytes of its file, and those in it that are free. */
export interface HistoryOptimiseReply extends Fresh {
  readonly bytes: number;
  readonly freeBytes: number;
}

export type HistoryStatusReply = HistoryStatus & Fresh;

/** A copy of the history, in its own folder, until the next one is made. */
export interface HistoryCopy {
  /** Absolute, on the machine of the history. */
  readonly file: string;
  /** The last journal entry that is in it. */
  readonly seq: number;
  readonly tasks: number;
}
export type HistoryCopyReply = HistoryCopy & Fresh;

/** An entry of a log that an ordered reader could not take, now or ever: it went on behind it. */
export interface SetAside {
  /** Of the log's entry. */
  readonly seq: number;
  /** The task, document or entry that is missing. */
  readonly subject: string;
  /** Redacted, at most `ASIDE_LIMITS.reasonChars`. */
  readonly reason: string;
}

/** How many there were, and the latest of them, the latest first. */
export interface SetAsideView {
  readonly count: number;
  readonly latest: readonly SetAside[];
}
