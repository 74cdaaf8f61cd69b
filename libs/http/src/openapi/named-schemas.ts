import type { z } from 'zod';

export type Json = { readonly [key: string]: unknown };

export interface NamedSchemas {
  /** The schema, with references to those of the document. */
  readonly of: (schema: z.ZodType, io: 'input' | 'output') => Json;
  readonly all: () => Json;
}

/** JSON schemas whose named parts are in the document once. */
export const namedSchemas = (): NamedSchemas => {
  const found: Record<string, Json> = {};
  return {
    of: (schema, io) => {
      const {
        $defs = {},
        $schema: _,
        ...own
      } = relocated(schema.toJSONSchema({ io, unrepresentable: 'any' })) as {
        readonly $defs?: Readonly<Record<string, Json>>;
        readonly $schema?: string;
      };
      for (const [name, definition] of Object.entries($defs)) found[name] ??= withoutId(definition);
      const { id } = own as { readonly id?: string };
      if (id === undefined) return own;
      found[id] ??= withoutId(own);
      return { $ref: `#/components/schemas/${id}` };
    },
    all: () => found,
  };
};

const relocated = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as unknown;

/** The name under which a schema is registered is no keyword of JSON schemas. */
const withoutId = (schema: Json): Json =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'id'));
