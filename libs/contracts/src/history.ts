import { BANDS, TIME_MAX } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import type { SetAsideView } from './search-replies.ts';
import { DEFAULT_ROOT } from './subjects.ts';
import { labelsSchema, taskIdSchema, taskTypeSchema } from './task-spec.ts';
import { TASK_STATES } from './task-view.ts';
import type { DecisionView, TaskView } from './task-view.ts';

/** The verbs of the history service; each is a request to `<root>.history.<verb>`. */
export const HISTORY_VERBS = [
  'get',
  'list',
  'stats',
  'events',
  'decisions',
  'search',
  'status',
  'rebuild',
  'optimise',
  'copy',
] as const;
export type HistoryVerb = (typeof HISTORY_VERBS)[number];

/** Subjects of the history, under the root of all. */
export const historySubjectsOf = (root: string = DEFAULT_ROOT) => ({
  api: (verb: HistoryVerb) => `${root}.history.${verb}`,
  group: `${root}.history`,
});

export const HISTORY_LIMITS = {
  /** Tasks in one answer. */
  listed: 1_000,
  /** Events in one answer. */
  events: 5_000,
  textChars: 500,
  cursorChars: 500,
  /** Milliseconds: how long a request waits for the history to catch up, at most. */
  waitMs: 10_000,
} as const;

const word = z.string().min(1).max(LIMITS.tokenChars);
const time = z.number().int().nonnegative().max(TIME_MAX);
/** One value, or any of several. */
const oneOrMore = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(50);

const filterShape = {
  state: oneOrMore(z.enum(TASK_STATES)).optional(),
  band: oneOrMore(z.enum(BANDS)).optional(),
  type: oneOrMore(taskTypeSchema).optional(),
  namespace: word.optional(),
  project: word.optional(),
  worker: z.string().min(1).max(200).optional(),
  /** All of them. */
  labels: labelsSchema.optional(),
  errorCode: z.string().min(1).max(100).optional(),
  /** Words of name, type, command, error or labels: all of them; the last one may be a beginning. */
  text: z.string().min(1).max(HISTORY_LIMITS.textChars).optional(),
  /** Epoch milliseconds of the submission, or of the verdict in a list in that order: from here on, and before. */
  since: time.optional(),
  until: time.optional(),
  /** How the id begins. */
  idPrefix: taskIdSchema.optional(),
};

export const historyGetSchema = z.strictObject({
  id: taskIdSchema,
  /** Milliseconds to wait, when the task is not there, for what the journal has that the history has not. */
  waitMs: z.number().int().min(0).max(HISTORY_LIMITS.waitMs).optional(),
});
export const historyListSchema = z.strictObject({
  ...filterShape,
  /** The latest first: by submission when left out. */
  order: z.enum(['submitted', 'settled']).optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
});
export const historyStatsSchema = z.strictObject({
  ...filterShape,
  /** Milliseconds; needs `since` and `until`. */
  bucketMs: z.number().int().min(1_000).optional(),
});
export const historyEventsSchema = z.strictObject({
  task: taskIdSchema.optional(),
  since: time.optional(),
  until: time.optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.events).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
});
export const historyDecisionsSchema = z.strictObject({
  task: taskIdSchema.optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
});
export const historySearchSchema = z.strictObject({
  ...filterShape,
  text: z.string().min(1).max(HISTORY_LIMITS.textChars),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
});
export const historyEmptySchema = z.strictObject({});

export type HistoryGetRequest = z.infer<typeof historyGetSchema>;
export type HistoryListRequest = z.infer<typeof historyListSchema>;
export type HistoryStatsRequest = z.infer<typeof historyStatsSchema>;
export type HistoryEventsRequest = z.infer<typeof historyEventsSchema>;
export type HistoryDecisionsRequest = z.infer<typeof historyDecisionsSchema>;
export type HistorySearchRequest = z.infer<typeof historySearchSchema>;

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
  readonly firstStartedAt?: number;
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

/** One lease of a task. */
export interface AttemptView {
  readonly epoch: number;
  readonly attempt: number;
  readonly worker: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: string;
  /** How it ended as a victim of a preemption. */
  readonly end?: string;
  readonly error?: Problem;
}

/** One line of the log of operations. */
export interface OperationView {
  readonly seq: number;
  readonly index: number;
  readonly at: number;
  /** Absent: it is about the cell. */
  readonly task?: string;
  readonly event: string;
  readonly note?: string;
}

/** Milliseconds. */
export interface QuantilesView {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Tasks that they were taken of: the latest ones, up to a limit. */
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
  /** Absent: this was the last page. */
  readonly cursor?: string;
}
export interface HistoryStatsReply extends Fresh {
  readonly total: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byBand: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, number>>;
  readonly byProject: Readonly<Record<string, number>>;
  /** From submission to the first start. */
  readonly waitMs?: QuantilesView;
  readonly runMs?: QuantilesView;
  readonly buckets?: readonly {
    readonly from: number;
    readonly submitted: number;
    readonly settled: Readonly<Record<string, number>>;
  }[];
}
export interface HistoryEventsReply extends Fresh {
  readonly events: readonly OperationView[];
  readonly cursor?: string;
}
export interface HistoryDecisionsReply extends Fresh {
  readonly decisions: readonly DecisionView[];
}
export interface HistorySearchReply extends Fresh {
  readonly tasks: readonly HistoryTaskView[];
  /** `false`: there were too many matches to compare; these are the latest ones. */
  readonly ranked: boolean;
}
export interface HistoryStatusReply extends Fresh {
  readonly state: 'following' | 'rebuilding' | 'waiting' | 'failed';
  /** Why it does not follow at present. */
  readonly problem?: Problem;
  readonly startedAt: number;
  readonly rows: {
    readonly tasks: number;
    readonly attempts: number;
    readonly operations: number;
    readonly decisions: number;
  };
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

/** A copy of the history, in its own folder, until the next one is made. */
export interface HistoryCopyReply extends Fresh {
  /** Absolute, on the machine of the history. */
  readonly file: string;
  /** The last journal entry that is in it. */
  readonly seq: number;
  readonly tasks: number;
}
