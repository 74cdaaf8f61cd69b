import type { Issue } from '@precedent/kernel';

const encoder = new TextEncoder();

export const encode = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** The first part of a value that JSON would drop, falsify or refuse; `undefined` when there is none. */
export const findUnwritable = (value: unknown): Issue | undefined => {
  const found = search(value, []);
  return found && { field: found.path.join('.'), message: found.message };
};

interface Found {
  /** Built from the inside out, so that a clean value costs nothing. */
  readonly path: string[];
  readonly message: string;
}

const search = (value: unknown, ancestors: object[]): Found | undefined => {
  if (typeof value !== 'object' || value === null) return searchPlain(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return undefined;
  const foreign = foreignKind(value);
  if (foreign !== undefined) return { path: [], message: `a ${foreign} has no JSON form` };
  if (ancestors.includes(value))
    return { path: [], message: 'a value that contains itself has no JSON form' };
  ancestors.push(value);
  const found = searchInside(value, ancestors);
  ancestors.pop();
  return found;
};

const searchPlain = (value: unknown): Found | undefined => {
  const kind = typeof value;
  if (kind !== 'function' && kind !== 'bigint' && kind !== 'symbol') return undefined;
  return { path: [], message: `a ${kind} has no JSON form` };
};

const searchInside = (value: object, ancestors: object[]): Found | undefined => {
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const found = search((value as Record<string, unknown>)[key], ancestors);
    if (found === undefined) continue;
    found.path.unshift(key);
    return found;
  }
  return undefined;
};

const foreignKind = (value: object): string | undefined => {
  if (value instanceof Map) return 'Map';
  if (value instanceof Set) return 'Set';
  return ArrayBuffer.isView(value) ? value.constructor.name : undefined;
};
