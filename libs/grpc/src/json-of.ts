import { isFieldSet, toJson } from '@bufbuild/protobuf';
import type { DescEnum, DescField, DescMessage, JsonValue, Message } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, ValueSchema } from '@bufbuild/protobuf/wkt';
import type { Value } from '@bufbuild/protobuf/wkt';
import { AppError, defined, messageOf } from '@precedent/kernel';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The JSON that an operation takes, of a message. Lists and maps without an item, and enums without a value, are absent. Throws
 * INVALID_REQUEST where a `google.protobuf.Value` holds what is no JSON.
 */
export const jsonOf = (desc: DescMessage, message: Message): Fields => {
  const entries = desc.fields.map((field) => [field.jsonName, fieldJson(field, message)] as const);
  return defined(Object.fromEntries(entries));
};

const fieldJson = (field: DescField, message: Message): unknown => {
  if (!isFieldSet(message, field) && !isImplicit(field)) return undefined;
  const value = valueIn(field, message as unknown as Fields);
  if (field.fieldKind === 'list') return (value as unknown[]).map((item) => singleJson(field, item));
  if (field.fieldKind !== 'map') return singleJson(field, value);
  const entries = Object.entries(value as Fields);
  return Object.fromEntries(entries.map(([key, item]) => [key, singleJson(field, item)]));
};

/** The fields of a oneof share a place. */
const valueIn = ({ oneof, localName }: DescField, message: Fields): unknown =>
  oneof ? (message[oneof.localName] as { readonly value?: unknown }).value : message[localName];

/** A field that has no absence: its zero is a value. */
const isImplicit = ({ fieldKind, presence }: DescField): boolean =>
  fieldKind === 'scalar' && presence === FeatureSet_FieldPresence.IMPLICIT;

const singleJson = (field: Pick<DescField, 'enum' | 'message' | 'jsonName'>, value: unknown): unknown => {
  if (field.enum) return enumJson(field.enum, value as number);
  if (field.message) return messageJson(field.message, field.jsonName, value);
  return typeof value === 'bigint' ? Number(value) : value;
};

const messageJson = (desc: DescMessage, field: string, value: unknown): unknown => {
  if (desc.typeName === STRUCT) return value;
  return desc.typeName === ValueSchema.typeName
    ? valueJson(field, value as Value)
    : jsonOf(desc, value as Message);
};

/** A `Value` may have no kind, or be a number that JSON does not have. */
const valueJson = (field: string, value: Value): JsonValue => {
  try {
    return toJson(ValueSchema, value);
  } catch (error) {
    const message = messageOf(error);
    throw new AppError('INVALID_REQUEST', `${field}: ${message}`, { issues: [{ field, message }] });
  }
};

/** In messages it is a plain object. */
const STRUCT = 'google.protobuf.Struct';

/** `BAND_HIGH` → `high`. A number without a name stays one: the service refuses it. */
const enumJson = ({ value: values, sharedPrefix = '' }: DescEnum, number: number): unknown => {
  const name = values[number]?.name;
  return name === undefined ? number : name.slice(sharedPrefix.length).toLowerCase();
};
