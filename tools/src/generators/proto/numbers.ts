import { snakeCase, UNSPECIFIED } from './model.ts';
import type { ProtoField, ProtoFile, ProtoMessage } from './model.ts';

/** By full name of a message or enum, by name of a field or value: its number and type. What once was there stays, so that no number is used twice. */
export type Numbers = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The lock with what is new. Throws where a field has another type than before: it needs another name. */
export const numbered = (files: readonly ProtoFile[], lock: Numbers): Numbers => {
  const found: Record<string, Readonly<Record<string, string>>> = { ...lock };
  for (const { package: scope, enums, messages } of files) {
    for (const { name, values } of enums)
      found[`${scope}.${name}`] = numberEnum(values, lock[`${scope}.${name}`]);
    for (const message of messages) numberMessage(`${scope}.${message.name}`, message, found);
  }
  return found;
};

const numberEnum = (values: readonly string[], known: Readonly<Record<string, string>> = {}) => {
  const entries: Record<string, string> = { [UNSPECIFIED]: '0', ...known };
  for (const value of values) entries[value] ??= String(nextOf(entries));
  return entries;
};

/** With the package before it. */
const MESSAGE_NAME = /^[a-z\d.]+(?:\.[A-Z]\w*)+$/;

const numberMessage = (
  name: string,
  { fields, messages }: ProtoMessage,
  found: Record<string, Readonly<Record<string, string>>>,
): void => {
  if (!MESSAGE_NAME.test(name)) throw new Error(`${name} is no name of a message`);
  const entries = { ...found[name] };
  for (const field of fields) {
    const key = snakeCase(field.name);
    const [number = String(nextOf(entries)), ...rest] = entries[key]?.split(' ') ?? [];
    const before = rest.join(' ');
    if (before !== '' && before !== wireType(field))
      throw new Error(`${name}.${key} is ${wireType(field)} and was ${before}: give it another name`);
    entries[key] = `${number} ${wireType(field)}`;
  }
  found[name] = entries;
  for (const nested of messages) numberMessage(`${name}.${nested.name}`, nested, found);
};

/** A field may become optional and the reverse: both read the same bytes. */
const wireType = ({ type, label }: ProtoField): string =>
  label === 'repeated' || label === 'map' ? `${label} ${type}` : type;

const nextOf = (entries: Readonly<Record<string, string>>): number =>
  Math.max(0, ...Object.values(entries).map((entry) => Number.parseInt(entry, 10))) + 1;

/** The number of a field. */
export const numberOf = (numbers: Numbers, message: string, field: string): number =>
  Number.parseInt(numbers[message]?.[snakeCase(field)] ?? '', 10);

/** The number of a value of an enum. */
export const valueNumberOf = (numbers: Numbers, name: string, value: string): number =>
  Number(numbers[name]?.[value]);

/** What a message had once: name and number. */
export const reservedIn = (
  numbers: Numbers,
  name: string,
  fields: readonly ProtoField[],
): (readonly [string, number])[] => {
  const known = new Set(fields.map((field) => snakeCase(field.name)));
  return Object.entries(numbers[name] ?? {})
    .filter(([key]) => !known.has(key))
    .map(([key, entry]) => [key, Number.parseInt(entry, 10)]);
};
