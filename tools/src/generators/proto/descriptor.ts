import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { enumValue, importsOf, isScalar, pascalCase, snakeCase, UNSPECIFIED } from './model.ts';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from './model.ts';
import { numberOf, reservedIn, valueNumberOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';

interface Context {
  readonly numbers: Numbers;
  readonly enums: ReadonlySet<string>;
}

/** What a compiler would make of the texts, after files that are given as descriptors. */
export const descriptorSet = (
  files: readonly ProtoFile[],
  numbers: Numbers,
  others: readonly FileDescriptorProto[],
): Uint8Array => {
  const enums = new Set(files.flatMap((file) => file.enums.map(({ name }) => `${file.package}.${name}`)));
  const context = { numbers, enums };
  const file = [...others, ...files.map((one) => fileOf(one, files, context))];
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
};

const fileOf = (file: ProtoFile, files: readonly ProtoFile[], context: Context) =>
  create(FileDescriptorProtoSchema, {
    name: file.path,
    package: file.package,
    syntax: 'proto3',
    dependency: importsOf(file, files),
    messageType: file.messages.map((one) => messageOf(`${file.package}.${one.name}`, one, context)),
    enumType: file.enums.map((one) => enumOf(`${file.package}.${one.name}`, one, context.numbers)),
    service: file.services.map(({ name, methods }) => ({
      name,
      method: methods.map(({ name: method, request, response, streams = [] }) => ({
        name: method,
        inputType: `.${request}`,
        outputType: `.${response}`,
        ...(streams.includes('request') && { clientStreaming: true }),
        ...(streams.includes('response') && { serverStreaming: true }),
      })),
    })),
  });

const enumOf = (full: string, { name, values }: ProtoEnum, numbers: Numbers) =>
  create(EnumDescriptorProtoSchema, {
    name,
    value: [UNSPECIFIED, ...values].map((value) => ({
      name: enumValue(name, value),
      number: valueNumberOf(numbers, full, value),
    })),
  });

const messageOf = (full: string, message: ProtoMessage, context: Context): DescriptorProto => {
  const { name, messages } = message;
  const fields = message.fields.toSorted(
    (one, other) => numberOf(context.numbers, full, one.name) - numberOf(context.numbers, full, other.name),
  );
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const optional = fields.filter(({ label }) => label === 'optional').map((field) => snakeCase(field.name));
  const maps = fields.filter(({ label }) => label === 'map');
  const reserved = reservedIn(context.numbers, full, fields);
  return create(DescriptorProtoSchema, {
    name,
    field: fields.map((field) => fieldOf(full, field, { ...context, oneofs, optional })),
    nestedType: [
      ...messages.map((nested) => messageOf(`${full}.${nested.name}`, nested, context)),
      ...maps.map((field) => mapEntry(field, context)),
    ],
    // An optional scalar is in a oneof of its own, after the others: so compilers write it.
    oneofDecl: [...oneofs, ...optional.map((one) => `_${one}`)].map((one) => ({ name: one })),
    reservedRange: reserved.map(([, number]) => ({ start: number, end: number + 1 })),
    reservedName: reserved.map(([one]) => one),
  });
};

interface FieldContext extends Context {
  readonly oneofs: readonly string[];
  readonly optional: readonly string[];
}

const fieldOf = (full: string, field: ProtoField, context: FieldContext): FieldDescriptorProto => {
  const { label, oneof } = field;
  const name = snakeCase(field.name);
  const number = numberOf(context.numbers, full, field.name);
  const entry = `${full}.${entryName(field)}`;
  const type = label === 'map' ? { type: Type.MESSAGE, typeName: `.${entry}` } : typeOf(field, context);
  const index = label === 'optional' ? context.oneofs.length + context.optional.indexOf(name) : undefined;
  const own = oneof === undefined ? index : context.oneofs.indexOf(oneof);
  return create(FieldDescriptorProtoSchema, {
    name,
    jsonName: field.name,
    number,
    label: label === 'map' || label === 'repeated' ? Label.REPEATED : Label.OPTIONAL,
    ...type,
    ...(own !== undefined && { oneofIndex: own }),
    ...(label === 'optional' && { proto3Optional: true }),
  });
};

const entryName = ({ name }: ProtoField): string => `${pascalCase(snakeCase(name))}Entry`;

const mapEntry = (field: ProtoField, context: Context): DescriptorProto =>
  create(DescriptorProtoSchema, {
    name: entryName(field),
    field: [
      { name: 'key', jsonName: 'key', number: 1, label: Label.OPTIONAL, type: Type.STRING },
      { name: 'value', jsonName: 'value', number: 2, label: Label.OPTIONAL, ...typeOf(field, context) },
    ],
    options: { mapEntry: true },
  });

const TYPES: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bool: Type.BOOL,
  int32: Type.INT32,
  int64: Type.INT64,
  uint32: Type.UINT32,
  double: Type.DOUBLE,
  bytes: Type.BYTES,
};

const typeOf = (
  { type }: ProtoField,
  { enums }: Context,
): MessageInitShape<typeof FieldDescriptorProtoSchema> => {
  const scalar = TYPES[type];
  if (isScalar(type) && scalar !== undefined) return { type: scalar };
  return { type: enums.has(type) ? Type.ENUM : Type.MESSAGE, typeName: `.${type}` };
};
