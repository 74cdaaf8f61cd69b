import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';
import {
  batchSize,
  byOperation,
  collectionName,
  embeddedText,
  objectName,
  pointFields,
  pointFilterSchema,
  vector,
} from './builtin-parts.ts';

const key = z.string().min(1).max(B.keyChars).describe('names the point; the same key replaces it');

const point = z.strictObject({
  key,
  text: embeddedText.describe('embedded, unless there is a vector'),
  vector: vector.optional(),
  fields: pointFields.default({}),
});

/** `vectors.update`: points of a collection of one's own. */
export const vectorsUpdateSchema = byOperation([
  z.strictObject({
    operation: z.literal('upsert'),
    collection: collectionName,
    points: z.array(point).min(1).max(B.points),
    batch: batchSize(64),
  }),
  z.strictObject({
    operation: z.literal('delete'),
    collection: collectionName,
    keys: z.array(z.string().min(1).max(B.keyChars)).min(1).max(B.values).optional(),
    filter: pointFilterSchema
      .optional()
      .describe('with neither keys nor a filter, all points of the namespace go'),
  }),
  z.strictObject({
    operation: z.literal('re-embed'),
    collection: collectionName,
    filter: pointFilterSchema.prefault({}),
    into: collectionName.optional().describe('another collection; without it the points stay where they are'),
    batch: batchSize(64),
  }),
]);

const ownCollection = z
  .string()
  .regex(/^interactions-[A-Za-z0-9_-]{1,51}$/, 'a collection of the semantic history: interactions-…');

/** `vectors.reembed`: a collection of the semantic history, of all namespaces, into that of another model. */
export const vectorsReembedSchema = z.strictObject({
  from: ownCollection,
  to: ownCollection.describe('the same one: only the points that have no vector of the model yet'),
  model: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,48}$/, 'the name of a model has letters, digits and "-" only')
    .describe('of the new vectors; a worker with another one refuses'),
  batch: batchSize(64),
});

const vectors = z
  .array(vector)
  .min(1)
  .max(B.vectors)
  .optional()
  .describe('all of one length; either these, or texts, or an object');
const texts = z.array(embeddedText).min(1).max(B.texts).optional();
const object = objectName.optional().describe('an object that holds a JSON list of vectors');
const source = { vectors, texts, object };

/** `vector.compute`: arithmetic on vectors. */
export const vectorComputeSchema = byOperation([
  z.strictObject({ operation: z.literal('similarity'), ...source }),
  z.strictObject({
    operation: z.literal('nearest'),
    ...source,
    query: z.union([vector, embeddedText]).describe('a vector, or a text that is embedded'),
    limit: z.number().int().min(1).max(B.neighbours).default(10),
  }),
  z.strictObject({ operation: z.literal('centroid'), ...source }),
  z.strictObject({
    operation: z.literal('k-means'),
    ...source,
    clusters: z.number().int().min(1).max(B.clusters),
    seed: z.number().int().min(0).max(4_294_967_295).default(1),
    iterations: z.number().int().min(1).max(B.iterations).default(50),
  }),
]);

const className = z.string().min(1).max(B.keyChars);

/** `model.infer`: what the embedding model can tell. */
export const modelInferSchema = byOperation([
  z.strictObject({
    operation: z.literal('embed'),
    texts: z.array(embeddedText).min(1).max(B.texts),
    to: objectName.optional().describe('stores the vectors as an object; needed for more than 32 texts'),
  }),
  z.strictObject({
    operation: z.literal('similarity'),
    text: embeddedText,
    others: z.array(embeddedText).min(1).max(B.texts),
  }),
  z.strictObject({
    operation: z.literal('classify'),
    texts: z.array(embeddedText).min(1).max(B.texts),
    classes: z
      .record(className, z.array(embeddedText).min(1).max(B.examplesPerClass))
      .refine((classes) => Object.keys(classes).length >= 2, 'at least 2 classes')
      .refine((classes) => Object.keys(classes).length <= B.classes, `at most ${B.classes} classes`)
      .describe('examples of each class; the nearest mean wins'),
    minScore: z.number().min(-1).max(1).default(-1).describe('below it the class is null'),
  }),
]);
