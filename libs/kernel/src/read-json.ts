import { withoutByteOrderMark } from './byte-order.ts';
import type { Issue } from './problem.ts';
import { locateFaults, scanJson } from './json-faults.ts';
import type { JsonFault } from './json-faults.ts';
import { excerptOf } from './text.ts';

/** Something in a JSON text that is not what its value would say. */
export interface JsonIssue {
  /** Keys and indexes that lead to it. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ReadJson {
  readonly value: unknown;
  /** Levels of arrays and objects in one another. */
  readonly depth: number;
  /** Characters by which the value may be longer than the text when it is written again. */
  readonly growth: number;
  /** Of all objects in the text, each as often as it comes. */
  readonly keys: number;
  readonly issues: readonly JsonIssue[];
}

export interface JsonRules {
  /** Halves of surrogate pairs become U+FFFD instead of issues. */
  readonly mends?: boolean;
  /** A text with more levels is not read: its value is `undefined`, and its depth is known. */
  readonly depthMax?: number;
}

/**
 * Reads a JSON text, and says where its value would be another one than the text says: see `JsonFault`. The value may be nested more
 * deeply than recursive code can follow; see `depth`. `undefined` when the text is no JSON.
 */
export const readJson = (
  text: string,
  { mends = false, depthMax = Number.POSITIVE_INFINITY }: JsonRules = {},
): ReadJson | undefined => {
  const { depth, growth, keys, faults } = scanJson(text);
  if (depth > depthMax) return { value: undefined, depth, growth, keys, issues: NONE };
  const value = parsed(mends ? mended(text, faults) : text);
  if (value === undefined) return undefined;
  if (faults.length === 0) return { value, depth, growth, keys, issues: NONE };
  const reported = mends ? faults.filter(({ kind }) => kind !== 'surrogate') : faults;
  const issues = locateFaults(text, reported).map(({ path, ...fault }) => ({
    path,
    message: faultText(fault, text),
  }));
  return { value, depth, growth, keys, issues };
};

const NONE: readonly JsonIssue[] = [];

/** `undefined` is no value of JSON, so it can stand for a text that is none. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const REPLACEMENT = String.raw`\ufffd`;

const mended = (text: string, faults: readonly JsonFault[]): string => {
  let whole = '';
  let from = 0;
  for (const { kind, at, length } of faults) {
    if (kind !== 'surrogate') continue;
    whole += text.slice(from, at) + REPLACEMENT;
    from = at + length;
  }
  return from === 0 ? text : whole + text.slice(from);
};

const TOKEN_CHARS = 40;

const faultText = ({ kind, at, length }: JsonFault, text: string): string => {
  const token = excerptOf(text.slice(at, at + length), TOKEN_CHARS);
  return kind === 'number'
    ? `the number ${token} cannot be kept as it is; send it as text`
    : `${token} is half of a character; the text is cut in the middle of it`;
};

const NAME_CHARS = 40;

/** The path as a field of a message, in which no name is long. */
export const fieldPath = (path: readonly (string | number)[]): string =>
  path.map((part) => excerptOf(String(part), NAME_CHARS)).join('.');

export const tooDeep = (levels: number): string => `nested deeper than ${levels} levels`;

/** Reads a JSON text that has to say exactly what its value says, no more than `depthMax` levels deep; or what is wrong with it. */
export const readExactJson = (
  text: string,
  depthMax: number,
): { readonly value: unknown } | { readonly issue: Issue } => {
  const read = readJson(withoutByteOrderMark(text), { depthMax });
  if (read === undefined) return { issue: { field: '', message: 'not JSON' } };
  const { value, depth, issues } = read;
  if (depth > depthMax) return { issue: { field: '', message: tooDeep(depthMax) } };
  const [first] = issues;
  return first ? { issue: { field: fieldPath(first.path), message: first.message } } : { value };
};

/** Whether a value has more than `levels` levels of arrays and objects. Looks no deeper than that. */
export const isDeeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.some((one) => isDeeperThan(one, levels - 1));
};
