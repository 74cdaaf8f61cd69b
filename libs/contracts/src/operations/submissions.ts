import type { ErrorReply, SubmitReply } from '@precedent/contract-types';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { catalogueOf } from './operation.ts';
import { SUBMISSION } from './places.ts';
import { problemViewSchema, taskSchema } from './named.ts';
import { value, view } from './view.ts';

const several = z.array(taskSchema).min(1).max(LIMITS.tasksPerSubmission);

const acceptedSchema = view<Exclude<SubmitReply, ErrorReply>>('Accepted', {
  id: value.text,
  seq: value.count.describe('journal sequence of the entry that made it durable'),
  duplicate: z
    .literal(true)
    .exactOptional()
    .describe('the same task had been accepted before; nothing new was made'),
});

/** The answer to one submitted task: where it is, or why it was refused. */
export const submitReplySchema: z.ZodType<SubmitReply> = z.union([
  acceptedSchema,
  view<ErrorReply>('Refused', { error: problemViewSchema }),
]);

const submissionReplySchema: z.ZodType<SubmitReply | readonly SubmitReply[]> = z.union([
  submitReplySchema,
  z.array(submitReplySchema),
]);

/** Requested at `submit.<band>`, which a task may override. The ingress checks each task alone, so that an invalid one keeps no other out. */
export const SUBMIT_OPERATIONS = catalogueOf(SUBMISSION, {
  submit: {
    summary:
      'Takes one task, or a list of tasks, and answers after the commit: one answer each, in the same order.',
    request: z.union([taskSchema, several]),
    reply: submissionReplySchema,
    errors: [
      'INVALID_TASK',
      'QUEUE_FULL',
      'LIMIT_FULL',
      'CONDITION_FAILED',
      'TASK_EXISTS',
      'IDEMPOTENCY_CONFLICT',
      'EXPIRED',
      'BUDGET_SPENT',
      'SIGNATURE_INVALID',
      'JOURNAL_UNAVAILABLE',
    ],
    right: 'submit',
    reach: 'namespace',
    mutates: true,
  },
});
