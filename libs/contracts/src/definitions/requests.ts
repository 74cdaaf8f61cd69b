import { DEFINITION_LIMITS } from '@precedent/contract-types';
import { exceedsBytes } from '@precedent/kernel';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { namespaceSchema } from '../task-spec.ts';

const NAME_RULE = 'a name begins with a letter or digit, and has letters, digits, "_", "-" and "." only';

export const definitionNameSchema = z
  .string()
  .max(DEFINITION_LIMITS.nameChars)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, NAME_RULE);

const revision = z.number().int().min(0);
const ofOne = { name: definitionNameSchema, namespace: namespaceSchema.optional() };

/** The request that makes a definition or changes it, from the schema of its specs. */
export const putDefinitionSchema = <S extends z.ZodType<object>>(spec: S) =>
  z.strictObject({
    ...ofOne,
    spec: spec.refine((given) => !exceedsBytes(JSON.stringify(given), DEFINITION_LIMITS.specBytes), {
      error: `expected at most ${DEFINITION_LIMITS.specBytes} bytes of JSON`,
    }),
    expect: revision
      .optional()
      .describe(
        'the `revision` that it must have, 0 for one that must not exist yet: nothing is done otherwise',
      ),
  });

export const getDefinitionSchema = z.strictObject(ofOne);

export const deleteDefinitionSchema = z.strictObject({
  ...ofOne,
  expect: revision.min(1).optional().describe('the `revision` that it must have: nothing is done otherwise'),
});

/** As many as a URL has room for. */
const CURSOR_CHARS = 8_192;

export const listDefinitionsSchema = z.strictObject({
  namespace: namespaceSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
  cursor: z.string().max(CURSOR_CHARS).optional().describe('of the page before'),
});
