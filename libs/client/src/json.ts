import { LIMITS } from '@precedent/contracts';
import { tooDeep } from '@precedent/kernel';
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
  if (value instanceof Date && Number.isNaN(value.getTime()))
    return { path: [], message: 'a date that is none has no JSON form' };
  if ('toJSON' in value && typeof value.toJSON === 'function') return undefined;
  const foreign = foreignKind(value);
  if (foreign !== undefined) return { path: [], message: `a ${foreign} has no JSON form` };
  if (ancestors.includes(value))
    return { path: [], message: 'a value that contains itself has no JSON form' };
  if (ancestors.length >= LIMITS.depth) return { path: [], message: tooDeep(LIMITS.depth) };
  ancestors.push(value);
  const found = searchInside(value, ancestors);
  ancestors.pop();
  return found;
};

const searchPlain = (value: unknown): Found | undefined => {
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { path: [], message: `${value} has no JSON form` };
  const kind = typeof value;
  if (kind !== 'function' && kind !== 'bigint' && kind !== 'symbol') return undefined;
  return { path: [], message: `a ${kind} has no JSON form` };
};

const searchInside = (value: object, ancestors: object[]): Found | undefined => {
  if (Array.isArray(value)) return searchList(value, ancestors);
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const found = search((value as Record<string, unknown>)[key], ancestors);
    if (found === undefined) continue;
    found.path.unshift(key);
    return found;
  }
  return undefined;
};

/** What is missing in a list would become `null`; in an object it is left out, which is what it means there. */
const searchList = (list: readonly unknown[], ancestors: object[]): Found | undefined => {
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    const found =
      value === undefined
        ? { path: [], message: 'undefined in a list has no JSON form' }
        : search(value, ancestors);
    if (found === undefined) continue;
    found.path.unshift(String(index));
    return found;
  }
  return undefined;
};

/** JSON would make an empty object of each of them. */
const FOREIGN = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, ArrayBuffer] as const;

const foreignKind = (value: object): string | undefined => {
  for (const kind of FOREIGN) if (value instanceof kind) return kind.name;
  return ArrayBuffer.isView(value) ? value.constructor.name : undefined;
};
