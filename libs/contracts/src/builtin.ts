import type { BuiltinTypeName } from '@precedent/contract-types';
import { z } from 'zod';
import { bulkPayloadSchema } from './bulk.ts';
import { documentProcessSchema } from './builtin-documents.ts';
import { httpSchema } from './builtin-http.ts';
import { dataExportSchema, reportGenerateSchema, systemMaintenanceSchema } from './builtin-records.ts';
import {
  storageCopySchema,
  storageDeleteSchema,
  storageGetSchema,
  storageListSchema,
  storagePutSchema,
} from './builtin-storage.ts';
import { textCountSchema, textWorkSchema } from './builtin-text.ts';
import {
  modelInferSchema,
  vectorComputeSchema,
  vectorsReembedSchema,
  vectorsUpdateSchema,
} from './builtin-vectors.ts';

/** One task type of the built-in worker, for its reference page. */
export interface BuiltinType {
  /** Several, where the payload has several forms. */
  readonly schemas: readonly z.ZodType[];
  readonly summary: string;
  /** Where the task can be preempted, and what becomes of the work that is done. */
  readonly preemption: string;
  readonly result: string;
  readonly example: unknown;
}

const QUICK = 'It is short, and has no safe point inside.';

/** Every built-in type whose payload is described by a schema. `docs/task-types.md` is generated from it. */
export const BUILTIN_TYPES = {
  http: {
    schemas: [httpSchema],
    summary:
      'Calls a URL, on a connection of its own, and follows redirects. Hosts may be allowed and denied by configuration; the addresses that hand out credentials are always denied.',
    preemption: QUICK,
    result: '`{status, headers, body, encoding?, truncated?, url, durationMs}`',
    example: { url: 'https://example.com/', expect: [200, 404] },
  },
  'document.process': {
    schemas: [documentProcessSchema],
    summary:
      'Reads text files (text, Markdown, HTML, JSON, YAML, CSV, source code), cuts them at headings, blocks and paragraphs, embeds the pieces and puts them into a collection. Only files that have changed are embedded; files that are gone are removed. A file that is binary, too large, nested too deeply (`too_deep`), or takes too long or too much to cut (`too_slow`, `too_complex`) is skipped and counted with its reason; the others are indexed.',
    preemption: 'Between two batches of chunks. It goes on behind the last chunk that is indexed.',
    result: '`{files, indexed, unchanged, removed, chunks, bytes, skipped: {count, reasons, examples}}`',
    example: { folder: 'docs', globs: ['**/*.md'], collection: 'handbook' },
  },
  'vectors.update': {
    schemas: [vectorsUpdateSchema],
    summary: 'Puts points into a collection, removes them, or embeds their texts again.',
    preemption: 'Between two batches of points.',
    result: '`{points}` or `{removed}`',
    example: { operation: 'upsert', collection: 'notes', points: [{ key: 'n1', text: 'the disk was full' }] },
  },
  'text.process': {
    schemas: [textWorkSchema, textCountSchema],
    summary:
      'Without an operation: counts and hashes texts and files. With one: `stats`, `normalise`, `split` (as `document.process` does), `extract` (a regular expression under a time limit) and `summarise` (the leading sentences and the most frequent terms; it does not write anything of its own).',
    preemption: 'Counting many files: between two files. One text: no safe point inside.',
    result: 'The requested statistics, text, parts, matches or summary.',
    example: { operation: 'summarise', text: 'First sentence. Second one.', sentences: 1 },
  },
  'vector.compute': {
    schemas: [vectorComputeSchema],
    summary:
      'Similarity of all pairs, nearest neighbours, the mean, or clusters (k-means, the same for the same seed).',
    preemption: 'k-means: between two rounds. It goes on from the last centres.',
    result: '`{pairs}`, `{nearest}`, `{centroid}` or `{clusters, assignment, inertia, iterations}`',
    example: {
      operation: 'similarity',
      vectors: [
        [1, 0],
        [0.8, 0.6],
      ],
    },
  },
  'model.infer': {
    schemas: [modelInferSchema],
    summary:
      'Embeds texts, compares one with others, or puts texts into the class with the nearest mean of examples.',
    preemption: 'Between two batches of texts.',
    result: '`{vectors}`, `{scores}` or `{classes: [{class, score, margin}]}`',
    example: { operation: 'similarity', text: 'disk full', others: ['no space left', 'login failed'] },
  },
  'storage.put': {
    schemas: [storagePutSchema],
    summary: 'Stores an object. Objects belong to the namespace of the task.',
    preemption: QUICK,
    result: '`{name, bytes, sha256, at}`',
    example: { name: 'notes/one.txt', text: 'hello' },
  },
  'storage.get': {
    schemas: [storageGetSchema],
    summary: 'Gives an object back in the result, or writes it into a file on the worker.',
    preemption: QUICK,
    result: '`{name, bytes, sha256, at, text}`',
    example: { name: 'notes/one.txt' },
  },
  'storage.copy': {
    schemas: [storageCopySchema],
    summary: 'Copies an object under another name.',
    preemption: QUICK,
    result: '`{name, bytes, sha256, at}`',
    example: { from: 'notes/one.txt', to: 'notes/two.txt' },
  },
  'storage.delete': {
    schemas: [storageDeleteSchema],
    summary: 'Removes an object. It is no error when there is none.',
    preemption: QUICK,
    result: '`{removed}`',
    example: { name: 'notes/one.txt' },
  },
  'storage.list': {
    schemas: [storageListSchema],
    summary: 'Lists objects by prefix, in the order of their names.',
    preemption: QUICK,
    result: '`{objects, next}`',
    example: { prefix: 'notes/' },
  },
  'report.generate': {
    schemas: [reportGenerateSchema],
    summary:
      'A report from the history: tasks by state and type, the slowest, failures by fingerprint, preemptions. Texts of tasks are escaped.',
    preemption: 'Between two pages of the history.',
    result: '`{format, report}`, or `{name, bytes, sha256, at}` where it is stored',
    example: { format: 'markdown', title: 'Last night' },
  },
  'data.export': {
    schemas: [dataExportSchema],
    summary:
      'Writes tasks of the history, or points of a collection, as JSON lines, CSV or Parquet into an object. In CSV, cells that a spreadsheet would run get a quote in front. Parquet has typed columns, in row groups of 10,000 rows; what fits no type is JSON.',
    preemption:
      'Between two pages of rows. Rows that are written stay written; a Parquet file is made of them at the end, which is no safe point.',
    result: '`{name, bytes, sha256, rows, truncated}`',
    example: { source: 'collection', collection: 'handbook', format: 'csv', to: 'exports/handbook.csv' },
  },
  'system.maintenance': {
    schemas: [systemMaintenanceSchema],
    summary:
      '`verify` reads every object of the namespace and tries the index and the model; `retention` removes objects and points that are too old. `optimise` puts the history and the collections in order. `backup` copies the history, the collections and the streams of the cell while they are used, those of all namespaces, into a folder with a manifest; `precedent restore` makes a data folder of it.',
    preemption: 'Between two objects, collections or parts of a backup. What is copied stays.',
    result:
      '`{ok, checked, problems}`, `{removed}`, `{optimised}` or `{folder, bytes, files, parts, removed}`',
    example: { operation: 'retention', olderThan: '30d', prefix: 'exports/', dryRun: true },
  },
  'vectors.reembed': {
    schemas: [vectorsReembedSchema],
    summary:
      'Embeds the semantic history again, into the collection of another model. The vectorizer submits it, in the low band, when its model has changed. A point that is there already, and is newer, is left alone.',
    preemption: 'Between two pages of points. It goes on behind the last page that is stored.',
    result: '`{points}`',
    example: { from: 'interactions-old-q8', to: 'interactions-new-q8', model: 'new-q8' },
  },
  'system.bulk': {
    schemas: [bulkPayloadSchema],
    summary:
      'Does the same to every task of a set. Only `task.bulkStart` submits it, in the low band, with the token of a preview. Each piece is acted on by the engine, with the rights that the principal of the preview has then.',
    preemption: 'Between two pieces of 500 tasks. It goes on behind the last piece that is done.',
    result: '`{action, total, done, already, refused, refusals}`',
    example: {
      action: 'cancel',
      set: '2f1c7c1e-5d0f-4b7e-9d53-0a7f3d8e2b11',
      total: 1,
      pieces: ['47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
    },
  },
} as const satisfies Record<'http' | BuiltinTypeName, BuiltinType>;

/** The forms of a type's payload as JSON schemas (2020-12), for pages and for people's tools. */
export const payloadJsonSchemas = ({ schemas }: BuiltinType): readonly unknown[] =>
  schemas.flatMap((schema) => {
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return json.oneOf ?? json.anyOf ?? [json];
  });
