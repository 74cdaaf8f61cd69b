import { ScalarType, create, fromJson } from '@bufbuild/protobuf';
import type { DescEnum, DescField, DescMessage, JsonValue, Message } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';

type Fields = Readonly<Record<string, unknown>>;

/** The message of a reply. A field that the message does not have is left out: it may come from a newer service. */
export const protoMessageOf = (desc: DescMessage, json: Fields): Message => {
  const message = create(desc);
  const target = message as unknown as Record<string, unknown>;
  for (const field of desc.fields) {
    const value = json[field.jsonName];
    if (value === undefined) continue;
    const { oneof, localName } = field;
    // The fields of a oneof share a place.
    if (oneof) target[oneof.localName] = { case: localName, value: fieldValue(field, value) };
    else target[localName] = fieldValue(field, value);
  }
  return message;
};

const fieldValue = (field: DescField, value: unknown): unknown => {
  // One item may stand for a list of it, as in the filters of a search.
  if (field.fieldKind === 'list') return [value].flat().map((item) => singleValue(field, item));
  if (field.fieldKind !== 'map') return singleValue(field, value);
  const entries = Object.entries(value as Fields);
  return Object.fromEntries(entries.map(([key, item]) => [key, singleValue(field, item)]));
};

type Single = Pick<DescField, 'enum' | 'message' | 'scalar'>;

const singleValue = ({ enum: values, message, scalar }: Single, value: unknown): unknown => {
  if (values) return enumNumber(values, String(value));
  if (message) return nested(message, value);
  return typeof value === 'number' && scalar === ScalarType.INT64 ? BigInt(Math.trunc(value)) : value;
};

const nested = (desc: DescMessage, value: unknown): unknown => {
  if (desc.typeName === 'google.protobuf.Struct') return value;
  return desc.typeName === ValueSchema.typeName
    ? fromJson(ValueSchema, value as JsonValue)
    : protoMessageOf(desc, value as Fields);
};

/** `high` → `BAND_HIGH`; unspecified for a value that this version does not know. */
const enumNumber = ({ values, sharedPrefix = '' }: DescEnum, text: string): number => {
  const name = `${sharedPrefix}${text}`.toUpperCase();
  return values.find((one) => one.name === name)?.number ?? 0;
};
