import { enumValue, importsOf, isScalar, snakeCase, UNSPECIFIED } from './model.ts';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoMethod, ProtoService } from './model.ts';
import { numberOf, reservedIn, valueNumberOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';

type Lines = readonly string[];

/** The text of a .proto file, in the form of `buf format`. */
export const protoText = (file: ProtoFile, files: readonly ProtoFile[], numbers: Numbers): string => {
  const imports = importsOf(file, files).map((path) => `import "${path}";`);
  const blocks: readonly Lines[] = [
    ...file.services.map(serviceLines),
    ...file.enums.map((one) => enumLines(`${file.package}.${one.name}`, one, numbers)),
    ...file.messages.map((one) => messageLines(`${file.package}.${one.name}`, one, numbers)),
  ];
  const head = [
    '// Generated from the catalogue of operations by `npm run generate`.',
    'syntax = "proto3";',
    `package ${file.package};`,
    ...(imports.length > 0 ? [imports.join('\n')] : []),
  ];
  return `${[...head, ...blocks.map((lines) => lines.join('\n'))].join('\n\n')}\n`;
};

const indented = (lines: Lines): Lines => lines.map((line) => (line === '' ? '' : `  ${line}`));

const comment = (text: string | undefined): Lines =>
  text === undefined ? [] : text.split('\n').map((line) => `// ${line}`);

const block = (head: string, lines: Lines): Lines =>
  lines.length === 0 ? [`${head} {}`] : [`${head} {`, ...indented(lines), '}'];

const serviceLines = ({ name, methods }: ProtoService): Lines =>
  block(
    `service ${name}`,
    methods.flatMap((method) => [...comment(method.comment), methodLine(method)]),
  );

const methodLine = ({ name, request, response, streams = [] }: ProtoMethod): string => {
  const type = (full: string, which: 'request' | 'response'): string =>
    `${streams.includes(which) ? 'stream ' : ''}${lastName(full)}`;
  return `rpc ${name}(${type(request, 'request')}) returns (${type(response, 'response')});`;
};

const lastName = (full: string): string => full.split('.').at(-1) ?? full;

const enumLines = (full: string, { name, values }: ProtoEnum, numbers: Numbers): Lines =>
  block(
    `enum ${name}`,
    [UNSPECIFIED, ...values].map(
      (value) => `${enumValue(name, value)} = ${valueNumberOf(numbers, full, value)};`,
    ),
  );

const messageLines = (full: string, { name, fields, messages }: ProtoMessage, numbers: Numbers): Lines =>
  block(`message ${name}`, [
    ...messages.flatMap((nested) => messageLines(`${full}.${nested.name}`, nested, numbers)),
    ...reservedLines(full, fields, numbers),
    ...plainFields(full, fields, numbers),
    ...oneofLines(full, fields, numbers),
  ]);

const reservedLines = (full: string, fields: readonly ProtoField[], numbers: Numbers): Lines => {
  const reserved = reservedIn(numbers, full, fields);
  return reserved.length === 0
    ? []
    : [
        `reserved ${reserved.map(([, number]) => number).join(', ')};`,
        `reserved ${reserved.map(([name]) => `"${name}"`).join(', ')};`,
      ];
};

const plainFields = (full: string, fields: readonly ProtoField[], numbers: Numbers): Lines =>
  fields
    .filter(({ oneof }) => oneof === undefined)
    .toSorted((one, other) => numberOf(numbers, full, one.name) - numberOf(numbers, full, other.name))
    .flatMap((field) => fieldLines(full, field, numbers));

const oneofLines = (full: string, fields: readonly ProtoField[], numbers: Numbers): Lines =>
  [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))].flatMap((name) =>
    block(
      `oneof ${name}`,
      fields.filter(({ oneof }) => oneof === name).flatMap((field) => fieldLines(full, field, numbers)),
    ),
  );

/** The name in JSON that a compiler gives a field. */
const jsonNameOf = (field: string): string =>
  field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const fieldLines = (full: string, field: ProtoField, numbers: Numbers): Lines => {
  const { name, type, label, comment: text } = field;
  const short = isScalar(type) || type.startsWith('google.') ? type : shortest(type, full);
  const typed = label === 'map' ? `map<string, ${short}>` : label === undefined ? short : `${label} ${short}`;
  const option = jsonNameOf(snakeCase(name)) === name ? '' : ` [json_name = "${name}"]`;
  return [...comment(text), `${typed} ${snakeCase(name)} = ${numberOf(numbers, full, name)}${option};`];
};

/** Without what the message and the package around it say. */
const shortest = (type: string, full: string): string =>
  type.startsWith(`${full}.`) ? type.slice(full.length + 1) : lastName(type);
