import { BULK_ACTIONS, BULK_LIMITS, TASK_STATES } from '@precedent/contract-types';
import type { BulkAction, BulkFilter, BulkPreviewRequest, BulkRun } from '@precedent/contract-types';
import { BANDS, TIME_MAX } from '@precedent/kernel';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { redriveShape } from './task-requests.ts';
import { labelsSchema, taskIdSchema, taskTypeSchema } from './task-spec.ts';

const oneOrMore = <T extends z.ZodType>(one: T) => z.array(one).min(1).max(50);
const time = z.number().int().nonnegative().max(TIME_MAX);
const digest = z.string().regex(/^[\w-]{43}$/);

export const bulkActionSchema = z.enum(Object.keys(BULK_ACTIONS) as [BulkAction, ...BulkAction[]]);

const bulkFilterSchema = z
  .strictObject({
    state: oneOrMore(z.enum(TASK_STATES))
      .optional()
      .describe('of those that the action applies to: all of them when left out'),
    band: oneOrMore(z.enum(BANDS)).optional(),
    type: oneOrMore(taskTypeSchema).optional(),
    project: z.string().min(1).max(LIMITS.tokenChars).optional(),
    labels: labelsSchema.optional().describe('all of them'),
    since: time.optional().describe('epoch milliseconds of the submission: from here on, and before'),
    until: time.optional(),
    idPrefix: taskIdSchema.optional().describe('how the id begins'),
    ids: z.array(taskIdSchema).min(1).max(BULK_LIMITS.ids).optional().describe('any of these'),
    errorCode: oneOrMore(z.string().min(1).max(100))
      .optional()
      .describe('the code of the error with which it ended'),
  })
  .meta({ id: 'BulkFilter' }) satisfies z.ZodType<BulkFilter>;

const bulkRunSchema = z
  .strictObject({
    ...redriveShape,
    perSecond: z.number().positive().max(BULK_LIMITS.tasks).optional().describe('tasks a second, at most'),
    first: z
      .number()
      .int()
      .min(1)
      .max(BULK_LIMITS.tasks)
      .optional()
      .describe(
        'so many first; the others follow when these have ended and few of them failed, and while few fail',
      ),
    maxFailed: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('with `first`: the share of those that ended which may fail; 0.1 when left out'),
  })
  .refine(({ first, maxFailed }) => first !== undefined || maxFailed === undefined, {
    path: ['maxFailed'],
    message: 'needs first: how many are run before that is judged',
  })
  .meta({ id: 'BulkRun' }) satisfies z.ZodType<BulkRun>;

export const bulkPreviewRequestSchema = z.strictObject({
  action: bulkActionSchema,
  filter: bulkFilterSchema.optional().describe('every task of the namespace when left out'),
  namespace: z.string().optional(),
  run: bulkRunSchema.optional().describe('how tasks are run again: for `retry` only'),
}) satisfies z.ZodType<BulkPreviewRequest>;

export const bulkStartRequestSchema = z.strictObject({
  token: z.string().max(200).describe('of the preview: it is for exactly the tasks that this counted'),
});

/** The payload of `system.bulk`. */
export const bulkPayloadSchema = z.strictObject({
  action: bulkActionSchema,
  run: bulkRunSchema.optional(),
  set: taskIdSchema.describe('the name of the stored set'),
  total: z.number().int().min(1).max(BULK_LIMITS.tasks),
  pieces: z
    .array(digest)
    .min(1)
    .max(BULK_LIMITS.tasks / BULK_LIMITS.piece)
    .describe('the SHA-256 of each piece of it'),
});
