import { CATCH_UP, GAP_POLICIES, OVERLAP_POLICIES, WHILE_RUNNING } from '@precedent/contract-types';
import type {
  PauseScheduleRequest,
  PreviewScheduleRequest,
  ScheduleRequest,
  ScheduleSpec,
} from '@precedent/contract-types';
import { z } from 'zod';
import { namespaceSchema, durationSchema, momentSchema, scheduledTaskSchema } from '../task-spec.ts';
import { definitionNameSchema } from './requests.ts';

const TEXT_CHARS = 200;
const EXCEPTIONS_MAX = 500;
const PREVIEWED_MAX = 1_000;
const INTERVAL_MIN_MS = 1_000;

const text = z.string().min(1).max(TEXT_CHARS);

export const scheduleSpecSchema = z.strictObject({
  description: z.string().max(500).optional(),
  cron: text.optional().describe('5 fields, or 6 with seconds first, such as "0 9 * * MON-FRI"'),
  every: durationSchema
    .refine((ms) => ms >= INTERVAL_MIN_MS, `at least ${INTERVAL_MIN_MS} ms`)
    .optional()
    .describe('an interval, counted from `from` or from the beginning of 1970'),
  at: text.optional().describe('once: a time on the wall of `zone`, or an instant where it names an offset'),
  after: durationSchema.optional().describe('once, that long after the schedule got this spec'),
  zone: text
    .optional()
    .describe('whose wall `cron`, `at` and `except` mean, such as "Europe/Berlin"; UTC when left out'),
  gap: z
    .enum(GAP_POLICIES)
    .optional()
    .describe('times that the clocks skip: `next` runs at the end of the gap, `skip` not at all'),
  overlap: z
    .enum(OVERLAP_POLICIES)
    .optional()
    .describe('times that the clocks show twice: `first`, `last` or `both` are run'),
  except: z
    .array(text)
    .max(EXCEPTIONS_MAX)
    .optional()
    .describe('days and minutes on the wall that are left out: "2026-12-25", "2026-12-25T02:30"'),
  from: momentSchema.optional().describe('no tick before it'),
  until: momentSchema.optional().describe('no tick after it'),
  count: z.number().int().min(1).max(1_000_000_000).optional().describe('runs in total'),
  whileRunning: z
    .enum(WHILE_RUNNING)
    .optional()
    .describe('what becomes of a tick while a run of the schedule has no verdict; `skip` when left out'),
  catchUp: z
    .enum(CATCH_UP)
    .optional()
    .describe('which of the ticks that were missed are run; `latest` when left out'),
  catchUpWithin: durationSchema.optional().describe('how old a missed tick may be; 24 hours when left out'),
  jitter: durationSchema
    .optional()
    .describe('all runs begin later by the same part of it, which depends on the name'),
  pauseAfterFailures: z.number().int().min(1).max(1_000).optional().describe('failures in a row'),
  task: scheduledTaskSchema.describe('what each run is'),
}) satisfies z.ZodType<ScheduleSpec>;

const ofOne = { name: definitionNameSchema, namespace: namespaceSchema.optional() };

export const scheduleRequestSchema = z.strictObject(ofOne) satisfies z.ZodType<ScheduleRequest>;

export const pauseScheduleSchema = z.strictObject({
  ...ofOne,
  until: momentSchema.optional().describe('it goes on then; when left out, only by `resume`'),
  reason: text.optional(),
}) satisfies z.ZodType<PauseScheduleRequest>;

export const previewScheduleSchema = z.strictObject({
  ...ofOne,
  count: z.number().int().min(1).max(PREVIEWED_MAX).optional().describe('ticks to show; 10 when left out'),
  after: momentSchema.optional().describe('ticks behind it; now when left out'),
}) satisfies z.ZodType<PreviewScheduleRequest>;
