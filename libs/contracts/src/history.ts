import { BANDS, TIME_MAX } from '@precedent/kernel';
import { TASK_STATES } from '@precedent/contract-types';
import type {
  DecisionsRequest,
  HistoryEventsRequest,
  HistoryGetRequest,
  HistoryListRequest,
  HistoryLogsRequest,
  HistorySearchRequest,
  HistoryStatsRequest,
} from '@precedent/contract-types';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { labelsSchema, taskIdSchema, taskTypeSchema } from './task-spec.ts';

export const HISTORY_LIMITS = {
  /** Tasks in one answer. */
  listed: 1_000,
  /** Events in one answer. */
  events: 5_000,
  /** Chunks of output in one answer. */
  logs: 1_000,
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
  /** Any of these. */
  projects: z.array(word).max(1_000).optional(),
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
}) satisfies z.ZodType<HistoryGetRequest>;
export const historyListSchema = z.strictObject({
  ...filterShape,
  /** The latest first: by submission when left out. */
  order: z.enum(['submitted', 'settled']).optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
}) satisfies z.ZodType<HistoryListRequest>;
export const historyStatsSchema = z.strictObject({
  ...filterShape,
  /** Milliseconds; needs `since` and `until`. */
  bucketMs: z.number().int().min(1_000).optional(),
}) satisfies z.ZodType<HistoryStatsRequest>;
export const historyEventsSchema = z.strictObject({
  task: taskIdSchema.optional(),
  since: time.optional(),
  until: time.optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.events).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
}) satisfies z.ZodType<HistoryEventsRequest>;
export const historyLogsSchema = z.strictObject({
  id: taskIdSchema,
  /** The `last` of an earlier answer. */
  after: z.number().int().nonnegative().optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.logs).optional(),
  /** Milliseconds to wait when there is nothing yet. */
  waitMs: z.number().int().min(0).max(HISTORY_LIMITS.waitMs).optional(),
}) satisfies z.ZodType<HistoryLogsRequest>;
export const historyDecisionsSchema = z.strictObject({
  task: taskIdSchema.optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
}) satisfies z.ZodType<DecisionsRequest>;
export const historySearchSchema = z.strictObject({
  ...filterShape,
  text: z.string().min(1).max(HISTORY_LIMITS.textChars),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
}) satisfies z.ZodType<HistorySearchRequest>;
