import { DOCUMENT_KINDS, PARSED_FILTERS } from '@precedent/contract-types';
import { BANDS, TIME_MAX } from '@precedent/kernel';
import { z } from 'zod';
import { collectionName } from './builtin-parts.ts';
import { durationSchema, taskIdSchema, taskSpecSchema, taskTypeSchema } from './task-spec.ts';

export const SEARCH_LIMITS = {
  queryChars: 1_000,
  hits: 50,
  noteChars: 8_000,
  tags: 16,
  tagChars: 64,
} as const;

const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, 'a name has letters, digits, "_" and "-" only');
const namespace = name.default('default');
const time = z.number().int().nonnegative().max(TIME_MAX);
/** One value, or any of several. */
const oneOrMore = <T extends z.ZodType>(value: T) => z.union([value, z.array(value).min(1).max(20)]);

/** How what is searched ended. */
export const SEARCH_OUTCOMES = ['completed', 'failed', 'cancelled', 'timed_out', 'preempted'] as const;

/** Conditions that hold together. Epoch milliseconds. */
export const searchFiltersSchema = z
  .strictObject({
    project: oneOrMore(name).optional(),
    type: oneOrMore(taskTypeSchema).optional(),
    kind: oneOrMore(z.enum(DOCUMENT_KINDS)).optional(),
    outcome: oneOrMore(z.enum(SEARCH_OUTCOMES)).optional(),
    band: oneOrMore(z.enum(BANDS)).optional(),
    worker: oneOrMore(z.string().min(1).max(200)).optional(),
    since: time.optional(),
    until: time.optional(),
  })
  .meta({ id: 'SearchFilters' });
export type SearchFilters = z.infer<typeof searchFiltersSchema>;

export const findRequestSchema = z.strictObject({
  query: z.string().trim().min(1).max(SEARCH_LIMITS.queryChars),
  namespace,
  filters: searchFiltersSchema.default({}),
  limit: z.number().int().min(1).max(SEARCH_LIMITS.hits).default(10),
  semantic: z.boolean().default(true).describe('`false`: by words only'),
  parse: z
    .boolean()
    .default(true)
    .describe('`false`: the text is taken as it is, no filter is read out of it'),
  ignoreFilters: z
    .array(z.enum(PARSED_FILTERS))
    .max(PARSED_FILTERS.length)
    .default([])
    .describe('filters that are not read out of the text: their words are searched as the others'),
});
export type FindRequest = z.input<typeof findRequestSchema>;

export const aboutTaskSchema = z.strictObject({ id: taskIdSchema, namespace });
export type AboutTask = z.input<typeof aboutTaskSchema>;

/** Either a task that is known, or what one would submit. */
export const predictRequestSchema = z
  .strictObject({
    namespace,
    id: taskIdSchema.optional(),
    project: name.optional(),
    type: taskTypeSchema.optional(),
    name: z.string().max(200).optional(),
    command: z.string().max(8_192).optional(),
    args: z.array(z.string().max(1_024)).max(100).optional(),
    cwd: taskSpecSchema.shape.cwd,
    env: taskSpecSchema.shape.env.describe('compared with those of other tasks, and kept nowhere'),
    payload: taskSpecSchema.shape.payload,
    timeout: durationSchema
      .optional()
      .describe(
        'the limits that the task would run under: a warning follows where they are too low or far too high',
      ),
    memoryMb: z.number().int().min(1).optional(),
  })
  .refine(({ id, type, command }) => id !== undefined || type !== undefined || command !== undefined, {
    message: 'name a task by its id, or give a type or a command',
  });
export type PredictRequest = z.input<typeof predictRequestSchema>;

/** The failures since then, or of the last seven days. Epoch milliseconds. */
export const failuresRequestSchema = z.strictObject({
  namespace,
  project: name.optional(),
  since: time.optional(),
  limit: z.number().int().min(1).max(SEARCH_LIMITS.hits).default(20),
  newFirst: z.boolean().default(false).describe('clusters with a new kind come first'),
  /** Of an earlier answer: its next page, of the same time. */
  cursor: z
    .string()
    .max(64)
    .regex(/^\d{1,16}\.\d{1,16}\.\d{1,9}$/, 'expected the cursor of an earlier answer')
    .optional(),
});
export type FailuresRequest = z.input<typeof failuresRequestSchema>;

export const resolveRequestSchema = z.strictObject({
  namespace,
  id: taskIdSchema.describe('the failed task that this is about'),
  text: z.string().trim().min(1).max(SEARCH_LIMITS.noteChars),
  by: z.string().min(1).max(200).default('unknown'),
  evidence: taskIdSchema.describe('a task that shows that it works'),
});
export type ResolveRequest = z.input<typeof resolveRequestSchema>;

export const rememberRequestSchema = z.strictObject({
  namespace,
  project: name.default('default'),
  text: z.string().trim().min(1).max(SEARCH_LIMITS.noteChars),
  by: z.string().min(1).max(200).default('unknown'),
  sources: z
    .array(z.string().min(1).max(400))
    .max(SEARCH_LIMITS.tags)
    .default([])
    .describe('task ids, addresses, commit hashes: where it is from'),
  tags: z.array(z.string().min(1).max(SEARCH_LIMITS.tagChars)).max(SEARCH_LIMITS.tags).default([]),
  ttl: durationSchema.optional().describe('forgotten after this'),
});
export type RememberRequest = z.input<typeof rememberRequestSchema>;

export const recallRequestSchema = z.strictObject({
  namespace,
  project: name.optional(),
  query: z.string().trim().min(1).max(SEARCH_LIMITS.queryChars),
  limit: z.number().int().min(1).max(SEARCH_LIMITS.hits).default(5),
});
export type RecallRequest = z.input<typeof recallRequestSchema>;

/** A search in a collection that tasks fill. */
export const documentsRequestSchema = z.strictObject({
  namespace,
  collection: collectionName,
  query: z.string().trim().min(1).max(SEARCH_LIMITS.queryChars),
  limit: z.number().int().min(1).max(SEARCH_LIMITS.hits).default(10),
  semantic: z.boolean().default(true).describe('`false`: by words only'),
});
export type DocumentsRequest = z.input<typeof documentsRequestSchema>;

export const collectionsRequestSchema = z.strictObject({ namespace });
export type CollectionsRequest = z.input<typeof collectionsRequestSchema>;
