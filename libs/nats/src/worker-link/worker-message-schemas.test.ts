import {
  LIMITS,
  byeSchema,
  drainingSchema,
  heartbeatSchema,
  progressSchema,
  reportSchema,
} from '@precedent/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readWorkerMessage } from './worker-messages.ts';

/** The messages that are checked by hand. */
const SCHEMAS = [heartbeatSchema, progressSchema, reportSchema, byeSchema, drainingSchema];

/** Fields of an error that the engine drops when they are wrong, so that the report still counts: a test of its own covers them. */
const DROPPED = ['issues', 'details', 'retryAfterMs'];

type Schema = z.core.JSONSchema.JSONSchema;

const TEXTS = ['', 'x', 't1', 'a.b', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(100), 'x'.repeat(501)];
const NUMBERS = [0, 1, 0.5, 1.5, -1, -0.01, 3, 2 ** 53 - 1, 2 ** 53];

/** Values that the schema takes. */
const validOf = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum.slice(0, 8));
  switch (schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return schema.prefixItems
        ? fc.tuple(...schema.prefixItems.map((item) => validOf(item as Schema)))
        : fc.array(validOf(schema.items as Schema), { maxLength: 3 });
    case 'string':
      return fc.constantFrom(
        ...TEXTS.filter(
          (text) =>
            text.length >= (schema.minLength ?? 0) &&
            text.length <= (schema.maxLength ?? Infinity) &&
            new RegExp(schema.pattern ?? '').test(text),
        ),
      );
    case 'number':
    case 'integer':
      return fc.constantFrom(
        ...NUMBERS.filter(
          (value) =>
            value >= (schema.minimum ?? -Infinity) &&
            value <= (schema.maximum ?? Infinity) &&
            (schema.type === 'number' || Number.isInteger(value)),
        ),
      );
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constantFrom<unknown>(null, 7, 'x', { a: [1] });
  }
};

const objectOf = ({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> => {
  const fields = Object.entries(properties).filter(([name]) => !DROPPED.includes(name));
  return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, validOf(field as Schema)])), {
    requiredKeys: required,
  });
};

const ANY: readonly unknown[] = [
  ...TEXTS,
  ...NUMBERS,
  undefined,
  null,
  true,
  [],
  {},
  [['t1', 1]],
  [['t1', 1, 2]],
  Array.from({ length: LIMITS.slotsPerWorker }, () => ['t1', 1]),
  Array.from({ length: LIMITS.slotsPerWorker + 1 }, () => ['t1', 1]),
  Array.from({ length: LIMITS.slotsPerWorker + 1 }, () => ['t1', 1, 2]),
  Array.from({ length: LIMITS.slotsPerWorker + 1 }, () => ['t1', 1, 'D1']),
  Array.from({ length: LIMITS.slotsPerWorker + 1 }, () => ({ id: 't', epoch: 1, outcome: 'completed' })),
  { code: 'INTERNAL', message: '' },
  { code: 'NONE', message: '' },
];

/** Every place in a value, as the keys that lead there. */
const placesIn = (value: unknown, place: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...place, key], ...placesIn(inner, [...place, key])])
    : [];

/** A copy with another value at one place. */
const replaced = (value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  return Object.assign(copy, { [key]: replaced((value as Record<string, unknown>)[key], rest, by) });
};

const messages = fc
  .constantFrom(...SCHEMAS)
  .chain((schema) => validOf(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })))
  .chain((message) => {
    const wrong = fc
      .tuple(fc.constantFrom(...placesIn(message)), fc.constantFrom(...ANY))
      .map(([place, by]) => replaced(message, place, by));
    return fc.oneof({ weight: 1, arbitrary: fc.constant(message) }, { weight: 4, arbitrary: wrong });
  });

test('the checks by hand accept a message of a worker exactly when its schema accepts it', () => {
  const accepted = { yes: 0, no: 0 };
  fc.assert(
    fc.property(messages, (message) => {
      const text = JSON.stringify(message);
      const bySchema = SCHEMAS.some((schema) => schema.safeParse(JSON.parse(text)).success);
      accepted[bySchema ? 'yes' : 'no']++;
      expect(readWorkerMessage(Buffer.from(text)).kind !== 'invalid').toBe(bySchema);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(accepted.yes, accepted.no)).toBeGreaterThan(300);
});
