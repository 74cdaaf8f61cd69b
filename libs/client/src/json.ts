import { LIMITS } from '@precedent/contracts';
import { AppError, messageOf, tooDeep } from '@precedent/kernel';
import type { ErrorCode, Issue } from '@precedent/kernel';

const encoder = new TextEncoder();

export const encode = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/**
 * A value as JSON text; `undefined` for a value that JSON leaves out. Throws an error of `code`, with the field, for what JSON would drop,
 * falsify or refuse: it would be missed only where the text is read.
 */
export const toJsonText = (
  value: unknown,
  what: string,
  { code, depthMax }: { readonly code: ErrorCode; readonly depthMax?: number } = { code: 'INVALID_REQUEST' },
): string | undefined => {
  const issue = findUnwritable(value, depthMax);
  if (issue) {
    const field = issue.field === '' ? '' : `${issue.field}: `;
    const message = `the ${what} cannot be written as JSON: ${field}${issue.message}`;
    throw new AppError(code, message, { issues: [issue] });
  }
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new AppError(code, `the ${what} cannot be written as JSON: ${messageOf(cause)}`, { cause });
  }
};

/**
 * The first part of a value that JSON would drop, falsify or refuse; `undefined` when there is none. One that cannot be read, because a
 * getter or a proxy throws, is refused as well. `depthMax`: levels of arrays and objects in one another.
 */
export const findUnwritable = (value: unknown, depthMax: number = LIMITS.depth): Issue | undefined => {
  try {
    const found = search(value, [], depthMax);
    return found && { field: found.path.slice(0, PATH_MAX).join('.'), message: found.message };
  } catch (error) {
    return { field: '', message: `it cannot be read: ${messageOf(error)}` };
  }
};

/** Segments of a path that a message needs. */
const PATH_MAX = 16;

interface Found {
  /** Built from the inside out, so that a clean value costs nothing. */
  readonly path: string[];
  readonly message: string;
}

const search = (value: unknown, ancestors: object[], depthMax: number): Found | undefined => {
  if (typeof value !== 'object' || value === null) return searchPlain(value);
  if (ancestors.includes(value)) return here('a value that contains itself has no JSON form');
  if (ancestors.length >= depthMax) return here(tooDeep(LIMITS.depth));
  ancestors.push(value);
  const found = searchObject(value, ancestors, depthMax);
  ancestors.pop();
  return found;
};

const here = (message: string): Found => ({ path: [], message });

const searchPlain = (value: unknown): Found | undefined => {
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : here(`${value} has no JSON form`);
  const kind = typeof value;
  if (kind !== 'function' && kind !== 'bigint' && kind !== 'symbol') return undefined;
  return here(`a ${kind} has no JSON form`);
};

const searchObject = (value: object, ancestors: object[], depthMax: number): Found | undefined => {
  if (Array.isArray(value)) return searchList(value, ancestors, depthMax);
  if (value instanceof Date && Number.isNaN(value.getTime()))
    return here('a date that is none has no JSON form');
  if (!('toJSON' in value && typeof value.toJSON === 'function'))
    return searchForeign(value) ?? searchFields(value, ancestors, depthMax);
  const written: unknown = value.toJSON('');
  if (written === undefined) return here('its toJSON gives undefined');
  return written === value
    ? searchFields(value, ancestors, depthMax)
    : search(written, ancestors, depthMax + 1);
};

const searchFields = (value: object, ancestors: object[], depthMax: number): Found | undefined => {
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const found = search((value as Record<string, unknown>)[key], ancestors, depthMax);
    if (found === undefined) continue;
    found.path.unshift(key);
    return found;
  }
  return undefined;
};

/** What is missing in a list would become `null`; in an object it is left out, which is what it means there. */
const searchList = (list: readonly unknown[], ancestors: object[], depthMax: number): Found | undefined => {
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    const found =
      value === undefined ? here('undefined in a list has no JSON form') : search(value, ancestors, depthMax);
    if (found === undefined) continue;
    found.path.unshift(String(index));
    return found;
  }
  return undefined;
};

/**
 * Objects whose content is not in their fields: JSON would make an empty object of a map, an iterator, a stream or a number format. The
 * platform names its kinds by a tag; what has none is a plain object, or of a class of the user.
 */
const searchForeign = (value: object): Found | undefined => {
  if (Object.getPrototypeOf(value) === Object.prototype) return undefined;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind === 'Object' || kind === 'Arguments' || kind === 'Module') return undefined;
  // JSON writes what these hold.
  if (kind === 'Number' || kind === 'String' || kind === 'Boolean') return searchPlain(value.valueOf());
  return here(`a ${kind} has no JSON form`);
};
