import { policyChanges } from '@precedent/config';
import {
  durationSchema,
  labelsSchema,
  preemptionSchema,
  resourcesSchema,
  retrySchema,
  taskTypeSchema,
  timeoutsSchema,
} from '@precedent/contracts';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';

/** What one scenario may ask for, at most. */
export const SCENARIO_LIMITS = {
  fileBytes: 1024 * 1024,
  durationMs: 31 * 86_400_000,
  groups: 100,
  workers: 1_000,
  slots: 10_000,
  /** Of all workers together. */
  slotsTotal: 50_000,
  loads: 50,
  policies: 10,
  /** Tasks a second, or in a burst. */
  rate: 10_000,
  /** Expected arrivals, under one policy. */
  tasks: 5_000_000,
  restartsPerHour: 3_600,
} as const;

const LIMITS = SCENARIO_LIMITS;

const name = z
  .string()
  .max(40)
  .regex(/^[A-Za-z0-9_-]+$/, 'a name has letters, digits, "_" and "-" only');
const pool = name;
const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const share = z.number().min(0).max(1);
const span = durationSchema.refine((ms) => ms <= LIMITS.durationMs, 'at most 31 days');
const atLeast1Ms = span.refine((ms) => ms >= 1, 'at least 1ms');

const workerSchema = z.strictObject({
  name: name.default('worker'),
  count: whole(1, LIMITS.workers).default(1),
  slots: whole(1, LIMITS.slots).default(10),
  express: whole(0, LIMITS.slots).optional(),
  pools: z.array(pool).min(1).max(20).default(['default']),
  labels: labelsSchema.default({}),
  resources: resourcesSchema.omit({ labels: true }).default({}),
});

const arrivalsSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum(['poisson', 'steady']),
    /** Tasks a second. */
    rate: z.number().positive().max(LIMITS.rate),
  }),
  z.strictObject({ kind: z.literal('burst'), size: whole(1, LIMITS.rate), every: atLeast1Ms }),
]);

const runSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), time: atLeast1Ms }),
  z.strictObject({ kind: z.literal('exponential'), mean: atLeast1Ms }),
  z.strictObject({
    kind: z.literal('lognormal'),
    median: atLeast1Ms,
    /** Of the logarithm: 0.5 is mild, 1.5 has a long tail. */
    sigma: z.number().min(0).max(4),
  }),
  z.strictObject({ kind: z.literal('uniform'), min: span, max: atLeast1Ms }),
]);

const loadSchema = z.strictObject({
  name,
  band: z.enum(BANDS),
  arrivals: arrivalsSchema,
  run: runSchema,
  from: span.default(0),
  until: span.optional(),
  checkpoint: z
    .strictObject({ every: atLeast1Ms, save: span.default(0), restore: span.default(0) })
    .optional(),
  /** How long a task takes to end after the request to stop. */
  stop: span.default(100),
  /** Workers can freeze it where it is. */
  suspendable: z.boolean().default(false),
  type: taskTypeSchema.optional(),
  pool: pool.optional(),
  resources: resourcesSchema.optional(),
  timeouts: timeoutsSchema.optional(),
  retry: retrySchema.optional(),
  preemption: preemptionSchema.optional(),
});

const faultsSchema = z.strictObject({
  /** Of each worker. */
  crashesPerHour: z.number().min(0).max(LIMITS.restartsPerHour).default(0),
  restart: atLeast1Ms.default(5_000),
  failureRate: share.default(0),
  lostMessages: share.default(0),
});

const variantSchema = z.strictObject({
  preemption: z.enum(['on', 'off']).default('on'),
  slots: whole(1, LIMITS.slots).optional(),
  aging: z.partialRecord(z.enum(BANDS), span).optional(),
  /** As they may stand under `preemption` in the configuration. */
  ...policyChanges,
});

/** A scenario as it is written. Afterwards durations are milliseconds. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(80).optional(),
  duration: atLeast1Ms,
  /** As long as the duration, where it is left out. */
  drain: span.optional(),
  seed: whole(0, 2 ** 31 - 1).default(1),
  workers: z.array(workerSchema).min(1).max(LIMITS.groups).optional(),
  loads: z.array(loadSchema).max(LIMITS.loads).default([]),
  faults: faultsSchema.default({ crashesPerHour: 0, restart: 5_000, failureRate: 0, lostMessages: 0 }),
  policies: z.record(name.max(20), variantSchema).default({ default: { preemption: 'on' } }),
});

export type WrittenScenario = z.output<typeof scenarioSchema>;
export type WrittenLoad = WrittenScenario['loads'][number];
export type WrittenVariant = WrittenScenario['policies'][string];
