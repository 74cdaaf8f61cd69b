import { ON_FULL } from '@precedent/contract-types';
import type { LimitSpec } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { durationSchema, labelsSchema } from '../task-spec.ts';

const MAX = 1_000_000;
const NAME_CHARS = 128;
const KEY_CHARS = 1_000;

const name = z.string().min(1).max(NAME_CHARS);

const matchSchema = z.strictObject({
  type: name.optional(),
  project: name.optional(),
  band: z.enum(BANDS).optional(),
  pool: name.optional(),
  labels: labelsSchema.optional().describe('labels that a task must have, with these values'),
});

const rateSchema = z.strictObject({
  limit: z.number().int().min(1).max(MAX).describe('starts'),
  per: durationSchema.refine((ms) => ms >= 1, 'expected 1 ms at least').describe('in each such time'),
  burst: z
    .number()
    .int()
    .min(1)
    .max(MAX)
    .optional()
    .describe(
      'starts that may come at once after a quiet time; what falls into 10 ms, and at least 1, when left out',
    ),
});

const specSchema = z
  .strictObject({
    description: z.string().max(500).optional(),
    match: matchSchema.optional().describe('which tasks it is about; all when left out'),
    key: z
      .string()
      .min(1)
      .max(KEY_CHARS)
      .optional()
      .describe(
        'CEL over id, type, project, namespace, labels and payload: each value has the limit for itself; all tasks share it when left out',
      ),
    concurrency: z.number().int().min(0).max(MAX).optional().describe('how many run at once; 0: none'),
    rate: rateSchema.optional().describe('how many start in a time'),
    onFull: z
      .enum(ON_FULL)
      .optional()
      .describe(
        'for a task that is submitted while its key is full: wait (when left out), reject it, cancel_new: accept and cancel it, supersede: cancel those before it',
      ),
    wholeCell: z
      .literal(true)
      .optional()
      .describe(
        'about the tasks of all namespaces, which together have the limit once; needs a grant of the cell',
      ),
  })
  .refine(({ concurrency, rate }) => concurrency !== undefined || rate !== undefined, {
    message: 'a limit has a concurrency, a rate or both',
  })
  .refine(({ onFull, concurrency = 0 }) => onFull !== 'supersede' || concurrency > 0, {
    path: ['onFull'],
    message: 'supersede needs a concurrency of 1 at least',
  });

export const limitSpecSchema: z.ZodType<LimitSpec> = specSchema;
