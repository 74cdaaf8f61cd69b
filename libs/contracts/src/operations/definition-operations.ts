import { DEFINITION_RIGHTS } from '@precedent/contract-types';
import type { DefinitionKind, DefinitionView, DefinitionsReply } from '@precedent/contract-types';
import { z } from 'zod';
import {
  deleteDefinitionSchema,
  getDefinitionSchema,
  listDefinitionsSchema,
  putDefinitionSchema,
} from '../definitions/requests.ts';
import { COMMON_ERRORS } from './operation.ts';
import type { OperationPlace, OperationSpec } from './operation.ts';
import { cursor, value, view } from './view.ts';

const { at, count, text } = value;

export interface DefinitionKindSpec<S extends z.ZodType<object>> {
  readonly kind: DefinitionKind;
  /** What it is in a sentence: "project", "projects". */
  readonly nouns: readonly [one: string, many: string];
  readonly spec: S;
  /** The spec as replies show it, where that differs from what a request may say. */
  readonly shown?: z.ZodType<object>;
  /** The name of its view in JSON schemas, such as `Project`. */
  readonly viewName: string;
  /** What the engine notes of it. */
  readonly status?: z.ZodType<object>;
  /** Paths of the view that a task or its submitter could have written. */
  readonly untrusted?: readonly string[];
}

export const definitionPlace = <K extends DefinitionKind>(group: K) =>
  ({
    service: 'engine',
    group,
    errors: [...COMMON_ERRORS, 'ENGINE_NOT_RUNNING'],
  }) as const satisfies OperationPlace;

export const definitionViewSchema = <S extends z.ZodType<object>>({
  viewName,
  spec,
  shown,
  status,
}: DefinitionKindSpec<S>): z.ZodType<DefinitionView<z.output<S>>> =>
  view<DefinitionView<object>>(viewName, {
    namespace: text,
    name: text,
    revision: count.describe('counts its specs'),
    spec: shown ?? spec,
    status: (status ?? z.strictObject({})).exactOptional().describe('what the engine notes of it'),
    by: text.exactOptional().describe('the principal that gave the spec; absent where access is open'),
    createdAt: at,
    changedAt: at,
  }) as unknown as z.ZodType<DefinitionView<z.output<S>>>;

/** The operations that every kind of definition has. */
export const definitionOperations = <S extends z.ZodType<object>>(of: DefinitionKindSpec<S>) => {
  const { kind, nouns, spec, viewName, untrusted = [] } = of;
  const [one, many] = nouns;
  const reply = definitionViewSchema(of);
  const changes = { right: DEFINITION_RIGHTS[kind], reach: 'namespace', mutates: true, untrusted } as const;
  const reads = { right: 'read', reach: 'namespace', mutates: false } as const;
  return {
    put: {
      ...changes,
      summary: `Makes a ${one}, or gives it another spec.`,
      request: putDefinitionSchema(spec),
      reply,
      errors: ['PRECONDITION_FAILED', 'QUEUE_FULL'],
    },
    get: {
      ...reads,
      summary: `One ${one}.`,
      request: getDefinitionSchema,
      reply,
      errors: ['DEFINITION_NOT_FOUND'],
      untrusted,
    },
    list: {
      ...reads,
      summary: `The ${many} of a namespace, by name.`,
      request: listDefinitionsSchema,
      reply: view<DefinitionsReply<DefinitionView<z.output<S>>>>(`${viewName}List`, {
        items: z.array(reply),
        cursor,
      }),
      errors: [],
      untrusted: untrusted.map((path) => `items[].${path}`),
    },
    delete: {
      ...changes,
      summary: `Deletes a ${one}, and answers with what it was.`,
      request: deleteDefinitionSchema,
      reply,
      errors: ['DEFINITION_NOT_FOUND', 'PRECONDITION_FAILED'],
    },
  } as const satisfies Readonly<Record<string, OperationSpec>>;
};
