import { TIME_MAX, cutGraphemes, nearest } from '@precedent/kernel';
import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';

/** Parts that several payloads share. */

export const collectionName = z
  .string()
  .max(B.collectionChars)
  .regex(/^[A-Za-z0-9_-]+$/, 'a collection has letters, digits, "_" and "-" only');

export const objectName = z
  .string()
  .max(B.objectNameChars)
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
    'the name of an object has letters, digits, ".", "_" and "-", in parts joined by "/"; no part begins with "."',
  );

export const filePath = z.string().min(1).max(B.pathChars);

export const fieldName = z
  .string()
  .max(B.fieldChars)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]*$/,
    'a field has letters, digits, "_" and "-" only, and begins with a letter',
  );

const scalar = z.union([z.string().max(B.valueChars), z.number(), z.boolean()]);
const anyOf = z
  .array(z.union([z.string().max(B.valueChars), z.number()]))
  .min(1)
  .max(B.values);

const fewFields = (fields: object): boolean => Object.keys(fields).length <= B.fields;
const tooManyFields = `at most ${B.fields} fields`;

/** Fields that the engine writes itself; the tenant comes from the task, and never from its payload. */
const isOwn = (name: string): boolean => name === 'namespace';
const ownField = 'the namespace is that of the task, and cannot be chosen';

const conditions = z
  .record(fieldName, z.union([scalar, anyOf]))
  .refine(fewFields, tooManyFields)
  .refine((fields) => !Object.keys(fields).some(isOwn), ownField);

/** All conditions hold together; several values of one field: any of them. */
export const pointFilterSchema = z.strictObject({
  fields: conditions.optional(),
  not: conditions.optional(),
  ranges: z
    .record(fieldName, z.strictObject({ from: z.number().optional(), to: z.number().optional() }))
    .refine(fewFields, tooManyFields)
    .optional(),
});

/** What a point may carry in addition to its text. */
export const pointFields = z
  .record(fieldName, z.union([scalar, z.array(z.string().max(B.valueChars)).max(B.values)]))
  .refine(fewFields, tooManyFields)
  .refine((fields) => !Object.keys(fields).some(isOwn), ownField);

export const vector = z.array(z.number()).min(1).max(B.dimensions);
export const embeddedText = z.string().min(1).max(B.textChars);

export const batchSize = (initial: number) => z.number().int().min(1).max(B.batchMax).default(initial);

/** Epoch milliseconds, or an ISO 8601 time with its zone; milliseconds afterwards. */
export const timestamp = z.union([
  z.number().int().nonnegative().max(TIME_MAX),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);

type Operation = z.ZodObject<{ operation: z.ZodLiteral<string> }>;

/** One payload of several; `operation` says which. An unknown one is refused with the nearest name. */
export const byOperation = <const T extends readonly [Operation, ...Operation[]]>(operations: T) =>
  z.discriminatedUnion('operation', operations, {
    error: ({ input }) => unknownOperation(input, operations.map(nameOf)),
  });

const nameOf = ({ shape }: Operation): string => shape.operation.value;

/** What is said of an operation that there is not. */
export const unknownOperation = (input: unknown, known: readonly string[]): string => {
  const { operation } = Object(input) as { operation?: unknown };
  const near = typeof operation === 'string' ? nearest(operation, known) : undefined;
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return `expected one of ${known.join(', ')}; got ${cutGraphemes(JSON.stringify(operation) ?? 'none', 100)}${hint}`;
};
