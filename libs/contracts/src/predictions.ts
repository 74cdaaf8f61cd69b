import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { taskIdSchema } from './task-spec.ts';

export const PREDICTION_LIMITS = {
  /** A message. */
  bytes: 256 * 1024,
  /** Tasks in all predictions of a message. */
  tasks: 1_000,
} as const;

const ms = z.number().int().min(0).max(LIMITS.durationMs);

const durationSchema = z
  .strictObject({ p10: ms, p50: ms, p90: ms, support: z.number().int().min(1).max(1_000_000) })
  .refine(({ p10, p50, p90 }) => p10 <= p50 && p50 <= p90, { message: 'p10, p50 and p90 must be in order' });

/** From the vectorizer to the engine of a cell: how long open tasks take, by what was like them. Not answered, a hint. */
export const predictionsSchema = z.strictObject({
  predictions: z
    .array(
      z.strictObject({
        ids: z.array(taskIdSchema).min(1).max(PREDICTION_LIMITS.tasks),
        duration: durationSchema,
      }),
    )
    .min(1)
    .max(PREDICTION_LIMITS.tasks)
    .refine((all) => all.reduce((sum, { ids }) => sum + ids.length, 0) <= PREDICTION_LIMITS.tasks, {
      message: `at most ${PREDICTION_LIMITS.tasks} tasks in a message`,
    }),
});
export type PredictionsMessage = z.infer<typeof predictionsSchema>;
