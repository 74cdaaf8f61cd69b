import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { TASK_STATES } from '@precedent/contract-types';
import type {
  CancelRequest,
  CountsRequest,
  DecisionsRequest,
  DeleteRequest,
  ListRequest,
  RetryRequest,
  RebandRequest,
} from '@precedent/contract-types';
import { LIMITS } from './limits.ts';
import { anyJson, labelsSchema, namespaceSchema, taskIdSchema } from './task-spec.ts';

export const getRequestSchema = z.strictObject({ id: taskIdSchema });
const expect = z
  .string()
  .min(1)
  .max(LIMITS.idChars)
  .optional()
  .describe('the `revision` of the task: nothing is done when it has another one by then');

export const cancelRequestSchema = z.strictObject({
  id: taskIdSchema,
  reason: z.string().max(500).optional(),
  expect,
}) satisfies z.ZodType<CancelRequest>;
const editSchema = z
  .record(z.string(), anyJson)
  .describe(
    'a JSON merge patch (RFC 7396) for what was submitted, such as `{"timeouts": {"attempt": "10m"}}`',
  );
const keepKeysSchema = z
  .boolean()
  .describe('its handlers get the idempotency keys of the task that is repeated');

/** How a task is run again. */
export const redriveShape = { edit: editSchema.optional(), keepKeys: keepKeysSchema.optional() };

export const retryRequestSchema = z.strictObject({
  id: taskIdSchema,
  ...redriveShape,
  dependants: z.boolean().optional().describe('the tasks that were skipped because of it run again, too'),
  expect,
}) satisfies z.ZodType<RetryRequest>;
export const rebandRequestSchema = z.strictObject({
  id: taskIdSchema,
  band: z.enum(BANDS),
  reason: z.string().max(500).optional().describe('why, for the record'),
  expect,
}) satisfies z.ZodType<RebandRequest>;
export const deleteRequestSchema = z.strictObject({
  id: taskIdSchema,
  namespace: namespaceSchema.describe('of the task: that of another namespace is not found'),
  expect,
}) satisfies z.ZodType<DeleteRequest>;
export const waitRequestSchema = z.strictObject({
  id: taskIdSchema,
  timeoutMs: z.number().int().min(0).max(LIMITS.waitMs).optional(),
});
/** As many as a URL has room for. */
const LIST_CURSOR_CHARS = 8_192;

export const listRequestSchema = z.strictObject({
  state: z.array(z.enum(TASK_STATES)).optional(),
  band: z.array(z.enum(BANDS)).optional(),
  namespace: z.string().optional(),
  project: z.string().optional(),
  projects: z.array(z.string()).max(1_000).optional().describe('any of these'),
  type: z.string().optional(),
  labels: labelsSchema.optional().describe('all of them'),
  since: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('epoch milliseconds of the submission: from here on, and before'),
  until: z.number().int().nonnegative().optional(),
  idPrefix: taskIdSchema.optional().describe('how the id begins'),
  cursor: z
    .string()
    .min(1)
    .max(LIST_CURSOR_CHARS)
    .optional()
    .describe('of an earlier page with the same conditions'),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
}) satisfies z.ZodType<ListRequest>;
export const countsRequestSchema = z.strictObject({
  namespace: z.string().optional(),
  project: z.string().optional(),
  projects: z.array(z.string()).max(1_000).optional().describe('any of these'),
}) satisfies z.ZodType<CountsRequest>;
export const decisionsRequestSchema = z.strictObject({
  task: taskIdSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
}) satisfies z.ZodType<DecisionsRequest>;
