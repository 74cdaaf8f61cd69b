import { cutText, excerptOf, fieldPath, nearest } from '@precedent/kernel';
import type { ErrorCode, Issue, Problem } from '@precedent/kernel';
import { describeValue } from './describe-value.ts';

/** The fields that are read of an issue of a schema. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

export interface ProblemContext {
  readonly code: ErrorCode;
  /** The name of the field whose value the input is. */
  readonly root?: string;
  /** The fields of the input, for a hint on a mistyped one. */
  readonly fields?: readonly string[];
}

const ISSUES_SHOWN = 20;
/** Characters of one issue, at most. */
const TEXT_CHARS = 500;
const KEYS_SHOWN = 5;
const KEY_CHARS = 40;

/** The issues of a schema as a problem that names each field, what was expected with its limit, and what it got. */
export const problemFromZod = (
  { issues }: { readonly issues: readonly SchemaIssue[] },
  input: unknown,
  { code, root, fields = [] }: ProblemContext,
): Problem => {
  const all = issues.map((issue): Issue => ({
    field: fieldOf(issue, root),
    message: textOf(issue, input, fields),
  }));
  const [first] = all;
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  return {
    code,
    message: first ? `${first.field}: ${first.message}${more}` : 'not valid',
    issues: all.slice(0, ISSUES_SHOWN),
  };
};

const fieldOf = ({ path, keys }: SchemaIssue, root?: string): string =>
  fieldPath([...(root === undefined ? [] : [root]), ...path.map(String), ...(keys ?? []).slice(0, 1)]) ||
  'task';

const textOf = (issue: SchemaIssue, input: unknown, fields: readonly string[]): string =>
  cutText(wholeText(issue, input, fields), TEXT_CHARS);

const wholeText = (issue: SchemaIssue, input: unknown, fields: readonly string[]): string => {
  if (issue.keys !== undefined) return unknownField(issue, fields);
  const expected = expectation(issue);
  const value = issue.code === 'invalid_key' ? issue.path.at(-1) : valueAt(input, issue.path);
  if (value === undefined || /\b(got|received)\b/.test(expected)) return expected;
  return `${expected}, got ${describeValue(value)}`;
};

const unknownField = ({ keys = [], path }: SchemaIssue, fields: readonly string[]): string => {
  const names = keys.slice(0, KEYS_SHOWN).map((key) => `"${excerptOf(key, KEY_CHARS)}"`);
  const more = keys.length > KEYS_SHOWN ? ` and ${keys.length - KEYS_SHOWN} more` : '';
  const meant = path.length === 0 ? nearest(cutText(keys[0] ?? '', KEY_CHARS), fields) : undefined;
  return `there is no field ${names.join(', ')}${more}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
};

/** A union says only "Invalid input"; its branches say what they expected. */
const expectation = ({ code, message, errors = [] }: SchemaIssue): string => {
  const branches = errors.flatMap((branch) => branch.slice(0, 1)).map((issue) => plain(issue.message));
  if (code !== 'invalid_union' || branches.length === 0) return plain(message);
  return [...new Set(branches)].join(', or: ');
};

const plain = (message: string): string => message.replace(/^Invalid (input|option): /, '');

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown => {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
};
