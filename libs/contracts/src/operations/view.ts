import { z } from 'zod';

type Schema<T> = z.ZodType<T>;

/** A schema for each field of a type; for an optional one a schema that allows it to be absent. */
export type ShapeOf<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? Schema<T[K]> & { readonly _zod: { readonly optout: 'optional' } }
    : Schema<T[K]>;
};

/**
 * The schema of an object in a reply, with every field of its type. It has the name of the type in JSON schemas. A reader ignores fields that
 * it does not know, so that a later version may add some.
 */
export const view = <T extends object>(name: string, shape: ShapeOf<T>): z.ZodType<T> =>
  z.object(shape as z.ZodRawShape).meta({ id: name }) as unknown as z.ZodType<T>;

/** An object of a reply that has no type of its own. */
export const inner = <T extends object>(shape: ShapeOf<T>): z.ZodType<T> =>
  z.object(shape as z.ZodRawShape) as unknown as z.ZodType<T>;

/** One of the members of a type: the table names all of them. */
export const memberOf = <T extends string>(members: Readonly<Record<T, true>>): z.ZodType<T> =>
  z.enum(Object.keys(members) as [T, ...T[]]);

const text = z.string();

/** Of a list that has pages. */
export const cursor = text.exactOptional().describe('for the next page; absent on the last one');

/** Schemas of plain values. A share is 0 to 1. */
export const value = {
  at: z.number().describe('epoch milliseconds'),
  ms: z.number().describe('milliseconds'),
  count: z.number().int(),
  share: z.number(),
  text,
  texts: z.array(text),
  labels: z.record(text, text),
};
