import type { SubmitReply } from '@precedent/contract-types';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { submitReplySchema } from '../problem.ts';
import { taskSpecSchema } from '../task-spec.ts';
import { catalogueOf } from './operation.ts';
import { SUBMISSION } from './places.ts';

const several = z.array(taskSpecSchema).min(1).max(LIMITS.tasksPerSubmission);

const submissionReplySchema: z.ZodType<SubmitReply | readonly SubmitReply[]> = z.union([
  submitReplySchema,
  z.array(submitReplySchema),
]);

/** Requested at `submit.<band>`, which a task may override. The ingress checks each task alone, so that an invalid one keeps no other out. */
export const SUBMIT_OPERATIONS = catalogueOf(SUBMISSION, {
  submit: {
    summary:
      'Takes one task, or a list of tasks, and answers after the commit: one answer each, in the same order.',
    request: z.union([taskSpecSchema, several]),
    reply: submissionReplySchema,
    errors: [
      'INVALID_TASK',
      'QUEUE_FULL',
      'TASK_EXISTS',
      'IDEMPOTENCY_CONFLICT',
      'EXPIRED',
      'BUDGET_SPENT',
      'JOURNAL_UNAVAILABLE',
    ],
    right: 'submit',
    reach: 'namespace',
    mutates: true,
  },
});
