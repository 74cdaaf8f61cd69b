import type { Operation } from '@precedent/contracts';
import type { z } from 'zod';

/** A longer schema is left out, because one message must hold the schemas of all operations: the answer to an info request. */
const SCHEMA_CHARS_MAX = 16_384;

/** What the endpoint of an operation says of itself: JSON schemas of request and reply, and what a caller needs. */
export const metadataOf = (operation: Operation): Record<string, string> => ({
  request: schemaText(operation.request),
  reply: schemaText(operation.reply),
  ...requirementOf(operation),
});

/** What a caller needs, without the schemas: for a second endpoint of the same operation. */
export const requirementOf = ({ right, reach, mutates }: Operation): Record<string, string> => ({
  right,
  reach,
  mutates: `${mutates}`,
});

/** By schema: an engine that takes a cell over again, and operations with the same reply, need it once. */
const made = new WeakMap<z.ZodType, string>();

const schemaText = (schema: z.ZodType): string => {
  const text = made.get(schema) ?? jsonSchemaText(schema);
  made.set(schema, text);
  return text.length <= SCHEMA_CHARS_MAX ? text : '';
};

/** `input`: what a client may write. Of a reply it allows fields that a later version adds. */
const jsonSchemaText = (schema: z.ZodType): string =>
  JSON.stringify(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
