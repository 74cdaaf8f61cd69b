import { catalogue } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
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
