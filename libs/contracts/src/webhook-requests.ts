import { WEBHOOK_EVENTS, TASK_STATES } from '@precedent/contract-types';
import type {
  CreateWebhookRequest,
  DeliveriesRequest,
  ListWebhooksRequest,
  RedeliverRequest,
  RotateWebhookRequest,
  UpdateWebhookRequest,
} from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { HISTORY_LIMITS } from './history.ts';
import { LIMITS } from './limits.ts';
import { namespaceSchema, taskIdSchema, taskTypeSchema } from './task-spec.ts';

const WEBHOOK_LIMITS = {
  urlChars: 2_000,
  descriptionChars: 500,
  /** Types or bands in one condition. */
  conditions: 50,
  /** Milliseconds: how long the secret before may sign after a rotation. */
  overlapMs: 30 * 86_400_000,
} as const;

const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const project = namespaceSchema;
const at = z.number().int().nonnegative();

const urlSchema = z
  .string()
  .max(WEBHOOK_LIMITS.urlChars)
  .refine(isHttpUrl, 'expected an absolute http or https URL without user, password and fragment');

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || url.protocol === 'http:';
}

const eventsSchema = z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length);
const typesSchema = z.array(taskTypeSchema).max(WEBHOOK_LIMITS.conditions);
const bandsSchema = z.array(z.enum(BANDS)).max(BANDS.length);
const descriptionSchema = z.string().max(WEBHOOK_LIMITS.descriptionChars);

export const createWebhookSchema = z.strictObject({
  namespace: namespaceSchema.optional(),
  project: project.optional().describe('only of tasks in this project'),
  url: urlSchema,
  events: eventsSchema.optional().describe('the verdicts when left out'),
  types: typesSchema.optional().describe('only of tasks of these types'),
  bands: bandsSchema.optional().describe('only of tasks of these bands'),
  description: descriptionSchema.optional(),
}) satisfies z.ZodType<CreateWebhookRequest>;

export const listWebhooksSchema = z.strictObject({
  namespace: namespaceSchema.optional(),
  project: project.optional(),
}) satisfies z.ZodType<ListWebhooksRequest>;

export const webhookIdSchema = z.strictObject({ id: idSchema });

export const updateWebhookSchema = z.strictObject({
  id: idSchema,
  url: urlSchema.optional(),
  events: eventsSchema.optional(),
  types: typesSchema.optional().describe('none: of all types'),
  bands: bandsSchema.optional().describe('none: of all bands'),
  description: descriptionSchema.optional(),
  enabled: z
    .boolean()
    .optional()
    .describe('a webhook that is enabled again delivers what happens from then on'),
}) satisfies z.ZodType<UpdateWebhookRequest>;

export const rotateWebhookSchema = z.strictObject({
  id: idSchema,
  overlapMs: z
    .number()
    .int()
    .min(0)
    .max(WEBHOOK_LIMITS.overlapMs)
    .describe('milliseconds for which the secret before also signs'),
}) satisfies z.ZodType<RotateWebhookRequest>;

export const deliveriesSchema = z.strictObject({
  id: idSchema,
  state: z.array(z.enum(TASK_STATES)).min(1).max(TASK_STATES.length).optional(),
  since: at.optional().describe('epoch milliseconds of their submission: from here on'),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional(),
}) satisfies z.ZodType<DeliveriesRequest>;

export const redeliverSchema = z.strictObject({
  id: idSchema,
  delivery: taskIdSchema.optional().describe('this one; left out: those that failed'),
  since: at.optional().describe('those that failed and were submitted since then, in epoch milliseconds'),
  cursor: z.string().max(HISTORY_LIMITS.cursorChars).optional().describe('of the answer before'),
}) satisfies z.ZodType<RedeliverRequest>;
