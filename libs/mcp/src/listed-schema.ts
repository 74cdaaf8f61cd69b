import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';

const listed = new WeakMap<z.ZodType, StandardSchemaWithJSON>();

/** A schema whose JSON schema is made once: over HTTP there is a server for each request, which wants it again. */
export const listedSchema = (schema: z.ZodType): StandardSchemaWithJSON => {
  const known = listed.get(schema);
  if (known) return known;
  const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' });
  const standard = schema['~standard'];
  const made = {
    '~standard': { ...standard, jsonSchema: { input: () => json, output: () => json } },
  } as StandardSchemaWithJSON;
  listed.set(schema, made);
  return made;
};
