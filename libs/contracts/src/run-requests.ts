import type {
  DecideApprovalRequest,
  ListApprovalsRequest,
  RunPayload,
  SignalRunRequest,
} from '@precedent/contract-types';
import { z } from 'zod';
import { definitionNameSchema } from './definitions/requests.ts';
import { workflowSpecSchema } from './definitions/workflow.ts';
import { LIMITS } from './limits.ts';
import { namesOf } from './names.ts';
import { anyJson, namespaceSchema, taskIdSchema } from './task-spec.ts';

const COMMENT_CHARS = 2_000;

const stepNameSchema = z.string().min(1).max(LIMITS.tokenChars);
const signalNameSchema = z
  .string()
  .max(LIMITS.tokenChars)
  .regex(/^[A-Za-z0-9_-]+$/, 'a signal has letters, digits, "_" and "-" only');

export const runIdSchema = z.strictObject({ id: taskIdSchema.describe('of the run') });

export const signalRunSchema = z.strictObject({
  id: taskIdSchema.describe('of the run'),
  name: signalNameSchema,
  key: z.string().min(1).max(LIMITS.keyChars).optional().describe('the same key counts once for a run'),
  payload: anyJson.optional().describe('the result of the step that takes it'),
}) satisfies z.ZodType<SignalRunRequest>;

export const decideApprovalSchema = z.strictObject({
  id: taskIdSchema.describe('of the run'),
  step: stepNameSchema,
  approve: z.boolean().describe('`false`: the step fails'),
  comment: z.string().max(COMMENT_CHARS).optional(),
}) satisfies z.ZodType<DecideApprovalRequest>;

export const listApprovalsSchema = z.strictObject({
  namespace: namespaceSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
}) satisfies z.ZodType<ListApprovalsRequest>;

const inputSchema = namesOf(z.string().min(1).max(LIMITS.labelChars), anyJson);

/** The payload of a task of the type `workflow`: a registered workflow, a definition, or a run that is done again. */
export const runPayloadSchema = z
  .strictObject({
    workflow: definitionNameSchema.optional().describe('the name of a registered workflow'),
    definition: workflowSpecSchema.optional(),
    input: inputSchema.optional().describe('members that replace those of the definition'),
    rerun: z
      .strictObject({
        run: taskIdSchema.describe('a run that has ended'),
        from: z.array(stepNameSchema).min(1).max(LIMITS.listed).optional(),
      })
      .optional(),
  })
  .refine(
    (payload) => [payload.workflow, payload.definition, payload.rerun].filter((one) => one).length === 1,
    { error: 'expected exactly one of workflow, definition and rerun' },
  ) satisfies z.ZodType<RunPayload>;
