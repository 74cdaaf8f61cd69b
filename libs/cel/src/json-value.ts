/** Characters of a value as JSON. */
export const VALUE_CHARS_MAX = 65_536;

/** A value of an expression as JSON. Throws where there is none, or where it is too large. */
export const jsonValue = (value: unknown): unknown => {
  const json = converted(value, { left: VALUE_CHARS_MAX });
  const { length } = JSON.stringify(json);
  if (length > VALUE_CHARS_MAX) throw tooLarge();
  return json;
};

const tooLarge = (): Error =>
  new Error(`the value is too large; at most ${VALUE_CHARS_MAX} characters of JSON are allowed`);

/** What may still be converted: a list of an expression may hold the same large value many times. */
interface Room {
  left: number;
}

const converted = (value: unknown, room: Room): unknown => {
  room.left -= typeof value === 'string' ? value.length + 2 : 1;
  if (room.left < 0) throw tooLarge();
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return finite(value);
  if (typeof value === 'bigint') return finite(exact(value));
  if (Array.isArray(value)) return value.map((each) => converted(each, room));
  if (isPlain(value)) return membersOf(Object.entries(value), room);
  if (value instanceof Map) return membersOf([...value], room);
  throw new Error(`a value of the type ${typeName(value)} is no JSON`);
};

const membersOf = (entries: readonly (readonly [unknown, unknown])[], room: Room): object =>
  Object.fromEntries(
    entries.map(([key, each]) => {
      room.left -= String(key).length + 3;
      return [String(key), converted(each, room)];
    }),
  );

const finite = (value: number): number => {
  if (Number.isFinite(value)) return value;
  throw new Error(`the value is ${value}, which is no JSON`);
};

const exact = (value: bigint): number => {
  if (BigInt.asIntN(54, value) === value) return Number(value);
  throw new Error(`the whole number ${value} is too large for JSON`);
};

const isPlain = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const typeName = (value: unknown): string =>
  typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
