import { BANDS, TIME_MAX, placeIn } from '@precedent/kernel';
import { TASK_EVENTS, TASK_STATES } from '@precedent/contract-types';
import type {
  DecisionsRequest,
  HistoryEventsRequest,
  HistoryFeedRequest,
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
  /** Events of the feed in one answer. */
  feed: 1_000,
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
  projects: z.array(word).max(1_000).optional().describe('any of these'),
  worker: z.string().min(1).max(200).optional(),
  labels: labelsSchema.optional().describe('all of them'),
  errorCode: z.string().min(1).max(100).optional(),
  text: z
    .string()
    .min(1)
    .max(HISTORY_LIMITS.textChars)
    .optional()
    .describe('words of name, type, command, error or labels: all of them; the last one may be a beginning'),
  since: time
    .optional()
    .describe(
      'epoch milliseconds of the submission, or of the verdict in a list in that order: from here on, and before',
    ),
  until: time.optional(),
  idPrefix: taskIdSchema.optional().describe('how the id begins'),
};

export const historyGetSchema = z.strictObject({
  id: taskIdSchema,
  waitMs: z
    .number()
    .int()
    .min(0)
    .max(HISTORY_LIMITS.waitMs)
    .optional()
    .describe(
      'milliseconds to wait, when the task is not there, for what the journal has that the history has not',
    ),
}) satisfies z.ZodType<HistoryGetRequest>;
export const historyListSchema = z.strictObject({
  ...filterShape,
  order: z
    .enum(['submitted', 'settled'])
    .optional()
    .describe('the latest first: by submission when left out'),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.listed).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
}) satisfies z.ZodType<HistoryListRequest>;
export const historyStatsSchema = z.strictObject({
  ...filterShape,
  bucketMs: z.number().int().min(1_000).optional().describe('milliseconds; needs `since` and `until`'),
}) satisfies z.ZodType<HistoryStatsRequest>;
/** Where a reader of events goes on. */
export const sequenceSchema = z
  .string()
  .refine((text) => placeIn(text) !== undefined, { error: 'expected the sequence of an event' });

export const historyEventsSchema = z.strictObject({
  task: taskIdSchema.optional(),
  after: sequenceSchema.optional().describe('only what follows this sequence, and the first one first'),
  since: time.optional(),
  until: time.optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.events).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
}) satisfies z.ZodType<HistoryEventsRequest>;
export const historyFeedSchema = z.strictObject({
  after: sequenceSchema
    .optional()
    .describe('only what follows this sequence; left out: only what comes from now on'),
  namespace: word.optional(),
  project: word.optional(),
  projects: filterShape.projects,
  band: filterShape.band,
  type: filterShape.type,
  event: oneOrMore(z.enum(TASK_EVENTS)).optional(),
  task: taskIdSchema.optional(),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.feed).optional(),
  waitMs: z
    .number()
    .int()
    .min(0)
    .max(HISTORY_LIMITS.waitMs)
    .optional()
    .describe('milliseconds to wait when there is nothing yet'),
}) satisfies z.ZodType<HistoryFeedRequest>;
export const historyLogsSchema = z.strictObject({
  id: taskIdSchema,
  after: z.number().int().nonnegative().optional().describe('the `last` of an earlier answer'),
  limit: z.number().int().min(1).max(HISTORY_LIMITS.logs).optional(),
  waitMs: z
    .number()
    .int()
    .min(0)
    .max(HISTORY_LIMITS.waitMs)
    .optional()
    .describe('milliseconds to wait when there is nothing yet'),
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
