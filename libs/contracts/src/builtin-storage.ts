import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';
import { filePath, objectName } from './builtin-parts.ts';

const contentType = z
  .string()
  .max(B.contentTypeChars)
  .regex(/^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w.+-]+=[\w.+-]+)*$/, 'a content type such as "text/plain"');

/** `storage.put`: one object from a text, from base64 or from a file on the worker. */
export const storagePutSchema = z
  .strictObject({
    name: objectName,
    text: z.string().optional(),
    base64: z.base64().optional(),
    path: filePath.optional().describe('a file on the worker'),
    contentType: contentType.optional(),
    onlyNew: z.boolean().default(false).describe('fails when there is one of this name'),
  })
  .refine(
    ({ text, base64, path }) => [text, base64, path].filter((part) => part !== undefined).length === 1,
    { path: ['text'], message: 'expected one of text, base64 and path; got several, or none' },
  );

/** `storage.get`: an object into the result, or into a file on the worker. */
export const storageGetSchema = z.strictObject({
  name: objectName,
  as: z.enum(['text', 'base64']).default('text').describe('in the result'),
  path: filePath.optional().describe('writes this file on the worker instead'),
});

export const storageCopySchema = z.strictObject({ from: objectName, to: objectName });
export const storageDeleteSchema = z.strictObject({ name: objectName });
export const storageListSchema = z.strictObject({
  prefix: z.string().max(B.objectNameChars).default(''),
  after: z.string().max(B.objectNameChars).default('').describe('the name of the last one seen'),
  limit: z.number().int().min(1).max(B.listed).default(100),
});
