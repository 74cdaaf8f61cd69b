import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';
import { batchSize, collectionName, filePath } from './builtin-parts.ts';

const glob = z.string().min(1).max(B.globChars);

const chunk = z
  .strictObject({
    maxChars: z
      .number()
      .int()
      .min(B.chunkCharsMin)
      .max(B.chunkCharsMax)
      .default(1_000)
      .describe('of one chunk'),
    overlap: z
      .number()
      .int()
      .min(0)
      .max(B.chunkCharsMax / 2)
      .default(100)
      .describe('characters that a long block repeats from one chunk to the next'),
  })
  .refine(({ maxChars, overlap }) => overlap <= maxChars / 2, {
    path: ['overlap'],
    message: 'the overlap is at most half of maxChars',
  });

/** `document.process`: files into a collection of vectors. */
export const documentProcessSchema = z
  .strictObject({
    paths: z
      .array(filePath)
      .min(1)
      .max(B.paths)
      .optional()
      .describe('files on the worker; those that are gone are removed from the collection'),
    folder: filePath.optional().describe('a folder on the worker, with all below it'),
    globs: z
      .array(glob)
      .max(B.globs)
      .default([])
      .describe('of the folder, only files that match one: `*`, `?`, `**`; all when empty'),
    exclude: z.array(glob).max(B.globs).default([]).describe('of the folder, none that match one of these'),
    collection: collectionName.describe('where the chunks go; made when it is not there'),
    chunk: chunk.prefault({}),
    maxFileBytes: z
      .number()
      .int()
      .min(1)
      .max(B.documentBytesMax)
      .default(1024 * 1024)
      .describe('larger files are skipped'),
    batch: batchSize(32).describe('chunks between two checkpoints'),
    removeMissing: z.boolean().default(true).describe('forget indexed files that the folder no longer has'),
  })
  .refine(({ paths, folder }) => (paths === undefined) !== (folder === undefined), {
    path: ['paths'],
    message: 'expected either paths or a folder; got both, or none',
  });
