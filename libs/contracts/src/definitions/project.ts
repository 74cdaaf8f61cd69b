import type { ProjectSpec } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';

const WEIGHT = { min: 0.1, max: 100 } as const;

export const projectSpecSchema = z.strictObject({
  description: z.string().max(500).optional(),
  bandMax: z.enum(BANDS).optional().describe('no task of it has a band above this one'),
  weight: z
    .number()
    .min(WEIGHT.min)
    .max(WEIGHT.max)
    .optional()
    .describe('its share of a band among the projects that have tasks in it; 1 when left out'),
}) satisfies z.ZodType<ProjectSpec>;
