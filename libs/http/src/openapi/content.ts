import type { Json } from './named-schemas.ts';

/** A body of one value. */
export const content = (type: string, schema: Json): Json => ({ [type]: { schema } });

/** A body of any number of values, each of which the schema describes. */
export const sequence = (type: string, itemSchema: Json): Json => ({ [type]: { itemSchema } });
