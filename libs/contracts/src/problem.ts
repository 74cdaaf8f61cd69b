import { catalogue } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import type { ErrorReply, SubmitReply } from '@precedent/contract-types';
import { z } from 'zod';

const ERROR_CODES = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

/** An error as it travels in an answer: `{"error": {…}}`. */
export const problemSchema = z.object({
  code: z.enum(ERROR_CODES, 'an error code of the catalogue'),
  message: z.string(),
  issues: z.array(z.object({ field: z.string(), message: z.string() })).exactOptional(),
  retryAfterMs: z.number().exactOptional(),
  details: z.record(z.string(), z.unknown()).exactOptional(),
});

export const errorReplySchema = z.object({ error: problemSchema }) satisfies z.ZodType<ErrorReply>;

/** The answer to one submitted task: where it is, or why it was refused. */
export const submitReplySchema = z.union([
  z.object({
    id: z.string(),
    /** Journal sequence of the entry that made it durable. */
    seq: z.number(),
    /** The same task had been accepted before; nothing new was made. */
    duplicate: z.literal(true).optional(),
  }),
  errorReplySchema,
]) satisfies z.ZodType<SubmitReply>;
