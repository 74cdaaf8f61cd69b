/** What a .proto file holds, before it becomes text or a descriptor. Types are proto scalars, or full names of messages and enums. */
export interface ProtoField {
  /** As in JSON. */
  readonly name: string;
  readonly type: string;
  readonly label?: 'optional' | 'repeated' | 'map' | undefined;
  readonly comment?: string | undefined;
  /** The oneof that it belongs to. */
  readonly oneof?: string;
}

export interface ProtoMessage {
  readonly name: string;
  readonly fields: readonly ProtoField[];
  readonly messages: readonly ProtoMessage[];
}

export interface ProtoEnum {
  readonly name: string;
  /** As in JSON. */
  readonly values: readonly string[];
}

export interface ProtoMethod {
  readonly name: string;
  readonly comment?: string;
  readonly request: string;
  readonly response: string;
  /** Whether a call has many requests, or many responses. */
  readonly streams?: readonly ('request' | 'response')[];
}

export interface ProtoService {
  readonly name: string;
  readonly methods: readonly ProtoMethod[];
}

export interface ProtoFile {
  /** Such as `precedent/v1/task.proto`. */
  readonly path: string;
  readonly package: string;
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
  readonly services: readonly ProtoService[];
}

/** `idPrefix` → `id_prefix`. */
export const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');

/** `waiting` → `Waiting`. */
export const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `TaskState`, `timed_out` → `TASK_STATE_TIMED_OUT`. */
export const enumValue = (name: string, value: string): string =>
  `${snakeCase(name)}_${value.replaceAll('-', '_')}`.toUpperCase();

/** The zero of an enum: no value. */
export const UNSPECIFIED = 'unspecified';

const SCALARS = new Set(['string', 'bool', 'int32', 'int64', 'uint32', 'double', 'bytes']);

export const isScalar = (type: string): boolean => SCALARS.has(type);

/** The full names of what a file defines. */
export const namesIn = ({ package: name, messages, enums }: ProtoFile): string[] => [
  ...enums.map((one) => `${name}.${one.name}`),
  ...messages.flatMap((message) => messageNames(name, message)),
];

const messageNames = (scope: string, { name, messages }: ProtoMessage): string[] => [
  `${scope}.${name}`,
  ...messages.flatMap((message) => messageNames(`${scope}.${name}`, message)),
];

const typesIn = ({ fields, messages }: ProtoMessage): string[] => [
  ...fields.map(({ type }) => type),
  ...messages.flatMap(typesIn),
];

/** The paths of the files that a file imports. */
export const importsOf = (file: ProtoFile, files: readonly ProtoFile[]): string[] => {
  const used = new Set([
    ...file.messages.flatMap(typesIn),
    ...file.services.flatMap(({ methods }) =>
      methods.flatMap(({ request, response }) => [request, response]),
    ),
  ]);
  const others = files.filter((one) => one !== file && namesIn(one).some((name) => used.has(name)));
  const struct = [...used].some((type) => type.startsWith('google.protobuf.'));
  return [...(struct ? ['google/protobuf/struct.proto'] : []), ...others.map(({ path }) => path)].toSorted();
};
