import { ScalarType } from '@bufbuild/protobuf';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { GRPC_METHODS, GRPC_OPERATIONS } from './methods.ts';
import type { GrpcOperation } from './methods.ts';
import { methodNamed, serviceNamed } from './registry.ts';

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
}

type Definitions = Readonly<Record<string, Schema>>;

/** The kinds of value that a schema allows. */
const kindsOf = (schema: Schema, definitions: Definitions): readonly string[] => {
  const { $ref, anyOf, items, properties, additionalProperties, type } = schema;
  if ($ref !== undefined) return kindsOf(definitions[$ref.replace('#/$defs/', '')] ?? {}, definitions);
  if (anyOf) return anyOf.flatMap((one) => kindsOf(one, definitions));
  if (items) return ['list'];
  if (properties) return ['object'];
  if (additionalProperties !== undefined) return ['map'];
  if (schema.enum) return ['text'];
  if ('const' in schema) return [typeof schema.const === 'boolean' ? 'flag' : 'text'];
  return type === undefined ? ['any'] : [type].flat().map((one) => KINDS[one] ?? one);
};

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'flag',
  integer: 'whole',
  number: 'number',
};

/** Which kinds a field can hold; the narrower ones first. */
const holds = (field: DescField): readonly string[] => {
  if (field.fieldKind === 'list') return ['list'];
  if (field.fieldKind === 'map') return ['map'];
  if (field.fieldKind === 'enum') return ['text'];
  if (field.fieldKind === 'scalar') return SCALARS[field.scalar] ?? [];
  if (field.message.typeName === 'google.protobuf.Value') return ['any'];
  return field.message.typeName === 'google.protobuf.Struct' ? ['map'] : ['object'];
};

const SCALARS: Readonly<Partial<Record<ScalarType, readonly string[]>>> = {
  [ScalarType.STRING]: ['text'],
  [ScalarType.BOOL]: ['flag'],
  [ScalarType.INT64]: ['whole'],
  [ScalarType.DOUBLE]: ['number'],
};

/** Where a message and a schema differ. One kind of a union that the field can hold is enough: it can then be written so. */
const differences = (
  message: DescMessage,
  schema: Schema,
  definitions: Definitions,
  seen = new Set<string>(),
): string[] => {
  if (seen.has(message.typeName)) return [];
  seen.add(message.typeName);
  const names = Object.keys(schema.properties ?? {});
  const unknown = message.fields.filter(({ jsonName }) => !names.includes(jsonName));
  return [
    ...unknown.map(({ jsonName }) => `${message.typeName} has ${jsonName}, and the schema does not`),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, own]) => {
      const field = message.fields.find(({ jsonName }) => jsonName === name);
      if (!field) return [`${message.typeName} has no ${name}`];
      const kinds = kindsOf(own, definitions);
      if (!kinds.some((kind) => holds(field).includes(kind)))
        return [`${message.typeName}.${name} holds ${holds(field).join()}, not ${kinds.join()}`];
      return field.message ? below(field.message, own, definitions, seen) : [];
    }),
  ];
};

const below = (
  message: DescMessage,
  schema: Schema,
  definitions: Definitions,
  seen: Set<string>,
): string[] => {
  if (message.typeName.startsWith('google.')) return [];
  const objects = objectsIn(schema, definitions);
  const properties = Object.assign({}, ...objects.map((one) => one.properties)) as Definitions;
  return differences(message, { properties }, definitions, seen);
};

const objectsIn = (schema: Schema, definitions: Definitions): Schema[] => {
  const { $ref, items, anyOf, additionalProperties, properties } = schema;
  if ($ref !== undefined) return objectsIn(definitions[$ref.replace('#/$defs/', '')] ?? {}, definitions);
  if (properties) return [schema];
  const inner = [...(anyOf ?? []), ...(items ? [items] : [])];
  if (typeof additionalProperties === 'object') inner.push(additionalProperties);
  return inner.flatMap((one) => objectsIn(one, definitions));
};

/** The schema of a message: the fields of the operation, and what only gRPC has. */
const requestSchema = ({ operation, takesTask, addsNamespace }: GrpcOperation): Schema => {
  const own = operation.request.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as Schema;
  const task = own.anyOf?.[0] ?? own;
  const properties = takesTask ? { task } : own.properties;
  const namespace = addsNamespace ? { namespace: { type: 'string' } } : {};
  return { ...own, properties: { ...properties, ...namespace } };
};

/** The only field of a response is the reply. */
const replySchema = ({ name, operation }: GrpcOperation, { fields }: DescMessage): Schema => {
  const own = operation.reply.toJSONSchema({ io: 'output', unrepresentable: 'any' }) as Schema;
  const reply = name === 'submit.submit' ? { $ref: '#/$defs/Accepted' } : own;
  return { ...own, properties: { [fields[0]?.jsonName ?? '']: reply } };
};

const messagesOf = ({ service, method }: GrpcOperation) =>
  methodNamed(serviceNamed(`precedent.v1.${service}`), method);

const compared = (message: DescMessage, schema: Schema): string[] =>
  differences(message, schema, schema.$defs ?? {});

describe('the messages', () => {
  it.each(GRPC_OPERATIONS.map((one) => [one.method, one] as const))(
    'of %s have the fields of its schemas, in types that hold them',
    (_, one) => {
      const { input, output } = messagesOf(one);
      expect(compared(input, requestSchema(one))).toEqual([]);
      expect(compared(output, replySchema(one, output))).toEqual([]);
    },
  );

  it('differ from a schema with another field, one less, or one of another type', () => {
    const [get] = GRPC_OPERATIONS.filter(({ name }) => name === 'task.get');
    if (!get) throw new Error('no task.get');
    const { input, output } = messagesOf(get);
    const schema = requestSchema(get);
    const withField = (name: string, field: Schema) => ({
      ...schema,
      properties: { ...schema.properties, [name]: field },
    });
    expect(compared(input, withField('colour', { type: 'string' }))).toEqual([
      'precedent.v1.GetTaskStatusRequest has no colour',
    ]);
    expect(compared(input, withField('id', { type: 'integer' }))).toEqual([
      'precedent.v1.GetTaskStatusRequest.id holds text, not whole',
    ]);
    expect(compared(input, { properties: {} })).toHaveLength(2);
    const reply = replySchema(get, output);
    const task = { ...reply.$defs?.['Task'], properties: { id: { type: 'boolean' } } };
    const deep = compared(output, { ...reply, $defs: { ...reply.$defs, Task: task } });
    expect(deep).toContain('precedent.v1.Task.id holds text, not flag');
    expect(deep).toContain('precedent.v1.Task has attempt, and the schema does not');
  });
});

describe('the names of the RPCs', () => {
  it('are as many as the operations, and keep those that clients have had from the start', () => {
    const names = Object.values(GRPC_METHODS);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['SubmitPriorityTask', 'CancelTask', 'GetTaskStatus']));
  });
});
