import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';
import { byOperation, filePath } from './builtin-parts.ts';

const text = z.string().optional().describe('the text itself');
const path = filePath.optional().describe('a file on the worker instead');
const source = { text, path };

/** `text.process` with an `operation`: one text is turned into something else. */
export const textWorkSchema = byOperation([
  z.strictObject({ operation: z.literal('stats'), ...source }),
  z.strictObject({
    operation: z.literal('normalise'),
    ...source,
    form: z.enum(['NFC', 'NFKC', 'NFD', 'NFKD']).default('NFC').describe('of Unicode'),
    whitespace: z.boolean().default(true).describe('one space for many, no spaces at the ends of lines'),
    lowercase: z.boolean().default(false),
    accents: z.enum(['keep', 'strip']).default('keep'),
  }),
  z.strictObject({
    operation: z.literal('split'),
    ...source,
    kind: z.enum(['text', 'markdown', 'html', 'json', 'yaml', 'csv', 'code']).optional(),
    maxChars: z.number().int().min(B.chunkCharsMin).max(B.chunkCharsMax).default(1_000),
    overlap: z
      .number()
      .int()
      .min(0)
      .max(B.chunkCharsMin / 2)
      .default(0),
  }),
  z.strictObject({
    operation: z.literal('extract'),
    ...source,
    pattern: z.string().min(1).max(B.patternChars).describe('a JavaScript regular expression'),
    flags: z
      .string()
      .regex(/^[imsu]{0,4}$/, 'flags are some of i, m, s and u')
      .default(''),
    limit: z.number().int().min(1).max(B.matches).default(100),
    timeoutMs: z.number().int().min(10).max(B.patternMs).default(1_000),
  }),
  z.strictObject({
    operation: z.literal('summarise'),
    ...source,
    sentences: z.number().int().min(0).max(B.sentences).default(3).describe('leading sentences, as they are'),
    keywords: z.number().int().min(0).max(B.keywords).default(10).describe('the most frequent terms'),
  }),
]);

const counted = z
  .array(z.enum(['count', 'words', 'top-terms', 'lines', 'hash']))
  .min(1)
  .optional();

/** `text.process` without an `operation`: texts and files are counted. The worker checks it. */
export const textCountSchema = z.strictObject({
  text,
  path,
  paths: z.array(filePath).min(1).max(B.paths).optional().describe('many files; one of text, path and paths'),
  operations: counted.describe('all when left out'),
  batch: z.number().int().min(1).max(1_000).optional().describe('files between two checkpoints'),
});
