import { pascalCase } from './model.ts';
import type { ProtoField, ProtoMessage } from './model.ts';

/** The part of JSON schemas that the catalogue uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly description?: string;
}

/** What a schema refers to: named schemas, and the sets of values that are enums. */
export interface SchemaScope {
  readonly package: string;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

type FieldType = Pick<ProtoField, 'type' | 'label'> & { readonly message?: ProtoMessage };

/** A message with a field for each property of an object. Throws where a schema has no counterpart. */
export const messageOf = (
  name: string,
  schema: JsonSchema,
  scope: SchemaScope,
  fullName = `${scope.package}.${name}`,
): ProtoMessage => {
  const { properties = {}, required = [] } = schema;
  const made = Object.entries(properties).map(([property, own]) => {
    const type = typeOf(own, { ...scope, property, fullName });
    return { field: fieldOf(property, own, type, required.includes(property)), message: type.message };
  });
  return {
    name,
    fields: made.map(({ field }) => field),
    messages: made.flatMap(({ message }) => message ?? []),
  };
};

const SCALAR_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  integer: 'int64',
  number: 'double',
};

/** Only scalars need it: of messages, lists and enums the absence is seen anyway. */
const fieldOf = (
  name: string,
  schema: JsonSchema,
  { type, label }: FieldType,
  isRequired: boolean,
): ProtoField => ({
  name,
  type,
  label: label ?? (!isRequired && Object.values(SCALAR_TYPES).includes(type) ? 'optional' : undefined),
  comment: commentOf(schema, type),
});

const commentOf = (schema: JsonSchema, type: string): string | undefined => {
  const { enum: values } = itemOf(schema);
  const texts = [
    schema.description,
    ...(values && type === 'string' ? [`One of ${values.join(', ')}.`] : []),
  ];
  const known = texts.filter((text) => text !== undefined && text.length < LONGEST_COMMENT);
  return known.length > 0 ? known.join('. ') : undefined;
};

const LONGEST_COMMENT = 300;

const itemOf = ({ anyOf: [, ...others] = [], ...schema }: JsonSchema): JsonSchema =>
  schema.items ?? others[0]?.items ?? schema;

interface Place extends SchemaScope {
  readonly property: string;
  /** Of the message that the field is in. */
  readonly fullName: string;
}

const typeOf = (schema: JsonSchema, place: Place): FieldType => {
  const { $ref, anyOf, enum: values, items, properties, additionalProperties, type } = schema;
  if ($ref !== undefined) return { type: `${place.package}.${refName($ref)}` };
  if (anyOf !== undefined) return unionOf(anyOf, place);
  if (values !== undefined) return { type: enumType(values, place) };
  if ('const' in schema) return { type: typeof schema.const === 'boolean' ? 'bool' : 'string' };
  if (items !== undefined) return { ...typeOf(items, singular(place)), label: 'repeated' };
  if (properties !== undefined) return nested(schema, place);
  if (typeof additionalProperties === 'object') return mapOf(additionalProperties, place);
  if (type === undefined) return { type: 'google.protobuf.Value' };
  if (Array.isArray(type)) return { type: 'string' };
  const scalar = SCALAR_TYPES[type as string];
  if (scalar !== undefined) return { type: scalar };
  throw new Error(`${place.fullName}.${place.property}: no proto type for ${JSON.stringify(schema)}`);
};

const refName = (ref: string): string => ref.replace('#/$defs/', '');

/** An enum where the set has a name; what is open stays text. */
const enumType = (values: readonly string[], { enums, package: scope }: Place): string => {
  const named = Object.entries(enums).find(([, own]) => own.join() === values.join());
  return named ? `${scope}.${named[0]}` : 'string';
};

const nested = (schema: JsonSchema, { property, fullName, ...scope }: Place): FieldType => {
  const name = pascalCase(property);
  const message = messageOf(name, schema, scope, `${fullName}.${name}`);
  return { type: `${fullName}.${name}`, message };
};

/** A message of a list is named after one of its items. */
const singular = (place: Place): Place => ({ ...place, property: place.property.replace(/s$/, '') });

const mapOf = (values: JsonSchema, place: Place): FieldType => {
  const own = typeOf(values, singular(place));
  return own.type === 'google.protobuf.Value' ? { type: 'google.protobuf.Struct' } : { ...own, label: 'map' };
};

/** One or several of the same are a list; numbers that may be written as text are text; objects are one with the fields of all. */
const unionOf = (variants: readonly JsonSchema[], place: Place): FieldType => {
  const list = variants.find(({ items }) => items !== undefined);
  if (list) return typeOf(list, place);
  const objects = variants.flatMap(({ $ref }) =>
    $ref === undefined ? [] : (place.definitions[refName($ref)] ?? []),
  );
  return objects.length > 0 ? nested(merged(objects), place) : { type: 'string' };
};

/** Fields that are in some variants of a union only are optional. */
const merged = (variants: readonly JsonSchema[]): JsonSchema => ({
  type: 'object',
  properties: Object.assign({}, ...variants.toReversed().map(({ properties }) => properties)) as Record<
    string,
    JsonSchema
  >,
  required: (variants[0]?.required ?? []).filter((name) =>
    variants.every(({ required = [] }) => required.includes(name)),
  ),
});
