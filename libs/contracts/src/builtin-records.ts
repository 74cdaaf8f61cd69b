import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';
import {
  byOperation,
  collectionName,
  fieldName,
  filePath,
  timestamp,
  objectName,
  pointFilterSchema,
} from './builtin-parts.ts';
import { durationSchema, taskTypeSchema } from './task-spec.ts';
import { TASK_STATES } from '@precedent/contract-types';

const name = z.string().min(1).max(B.fieldChars);

/** Which tasks; all of the task's namespace when empty. */
const tasks = {
  project: name.optional(),
  types: z.array(taskTypeSchema).min(1).max(B.fields).optional(),
  states: z.array(z.enum(TASK_STATES)).min(1).max(B.fields).optional(),
  since: timestamp.optional().describe('submitted at or after'),
  until: timestamp.optional().describe('submitted before'),
};

/** `report.generate`: what happened, for people. */
export const reportGenerateSchema = z.strictObject({
  format: z.enum(['markdown', 'html']).default('markdown'),
  title: z.string().min(1).max(B.titleChars).default('Tasks'),
  ...tasks,
  rows: z.number().int().min(1).max(B.reportRows).default(10).describe('of each table'),
  to: objectName.optional().describe('stores the report instead of returning it'),
});

/** `data.export`: rows into an object. */
export const dataExportSchema = z
  .strictObject({
    format: z.enum(['jsonl', 'csv', 'parquet']).default('jsonl'),
    source: z.enum(['tasks', 'collection']).default('tasks'),
    ...tasks,
    collection: collectionName.optional().describe('where the source is a collection'),
    filter: pointFilterSchema.optional().describe('of the collection'),
    columns: z.array(fieldName).min(1).max(B.columns).optional().describe('all that are known when left out'),
    to: objectName.describe('the object that is written'),
    limit: z.number().int().min(1).max(B.exportRows).default(100_000),
  })
  .refine(({ source, collection }) => (source === 'collection') === (collection !== undefined), {
    path: ['collection'],
    message: 'a source "collection" names its collection, and no other source does',
  });

/** `system.maintenance`: what keeps a system healthy. */
export const systemMaintenanceSchema = byOperation([
  z.strictObject({ operation: z.literal('verify') }),
  z.strictObject({
    operation: z.literal('retention'),
    olderThan: durationSchema.describe('objects and points of the namespace that are older go'),
    prefix: z.string().max(B.objectNameChars).default('').describe('only objects whose names begin so'),
    collections: z.array(collectionName).max(B.fields).default([]),
    dryRun: z.boolean().default(false),
  }),
  z.strictObject({ operation: z.literal('optimise') }),
  z.strictObject({
    operation: z.literal('backup'),
    folder: filePath
      .optional()
      .describe('on the worker, below its roots; the backups of its data folder when left out'),
    keep: z
      .number()
      .int()
      .min(1)
      .max(B.backups)
      .default(7)
      .describe('backups that stay in this folder, the new one among them; older ones go'),
  }),
]);
