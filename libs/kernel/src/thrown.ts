import { cutText } from './text.ts';

/**
 * What a thrown value says about itself. Code can throw anything: objects without a prototype, revoked proxies, errors whose getters
 * throw, errors of another realm or of another copy of a package. No function of this file throws.
 */

/** UTF-16 units of the longest message; as long as an error message may be on the wire. */
export const MESSAGE_CHARS = 4_096;

/** A property of any value; `undefined` where there is none, and where reading it throws. */
export const fieldOf = (value: unknown, name: string): unknown => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
};

/** Whether the value is an error object, of this realm or of another. Its fields may still throw: read them by `fieldOf`. */
export const isError = (value: unknown): boolean => {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
};

/** The name of an error: that of its class, if it was not given another one. */
export const errorName = (thrown: unknown): string | undefined =>
  isError(thrown) ? textOf(fieldOf(thrown, 'name')) : undefined;

/** Whether the error, or what caused it, has this name. */
export const hasErrorName = (thrown: unknown, name: string): boolean =>
  errorName(thrown) === name || errorName(fieldOf(thrown, 'cause')) === name;

/** The `code` of an error, as the platform and libraries set it: `ENOENT`. Numbers are no codes. */
export const errorCode = (thrown: unknown): string | undefined => textOf(fieldOf(thrown, 'code'));

/** The message of any thrown value: never empty, well-formed, at most `MESSAGE_CHARS` long. */
export const messageOf = (thrown: unknown): string =>
  cutText(described(thrown) || 'an error without a message', MESSAGE_CHARS);

const described = (thrown: unknown): string => {
  if (typeof thrown === 'function') return `a function ${textOf(fieldOf(thrown, 'name')) ?? ''}`.trimEnd();
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  return (
    textOf(fieldOf(thrown, 'message')) ??
    errorCode(thrown) ??
    ownText(thrown) ??
    errorName(thrown) ??
    jsonOf(thrown) ??
    'an object that cannot be described'
  );
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** What the object says by a `toString` of its own. */
const ownText = (thrown: object): string | undefined => {
  try {
    // oxlint-disable-next-line typescript/no-base-to-string -- what an object without a text of its own gives is left out
    const text = String(thrown);
    return text.startsWith('[object ') ? undefined : textOf(text);
  } catch {
    return undefined;
  }
};

const jsonOf = (thrown: object): string | undefined => {
  try {
    return textOf(JSON.stringify(thrown));
  } catch {
    return undefined;
  }
};
