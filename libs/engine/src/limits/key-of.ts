import type { Conditions } from '@precedent/ports';

/** What the key of a task may be made of. */
export interface KeyInput {
  readonly id: string;
  readonly type: string;
  readonly project: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `null`: none. */
  readonly payload: unknown;
}

/** The key of a task, or why it has none. */
type KeyOutcome =
  | { readonly key: string; readonly failure?: never }
  | { readonly key?: never; readonly failure: string };

const KEY_CHARS_MAX = 256;
const A_KEY = 'a key is a text, a number, or true or false';
const NONE_HERE = 'this engine evaluates no expressions';

/** CEL has a type of the name `type`, and reserves `namespace`: an expression with them is evaluated with these in their place. */
const RENAMED: Readonly<Record<string, string>> = { type: 'taskType', namespace: 'taskNamespace' };
const NAMES = ['id', 'taskType', 'project', 'taskNamespace', 'labels', 'payload'];

/** Texts, which stay as they are, and the names that change. */
const PARTS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])(type|namespace)\b(?!\s*\()/g;

const renamed = (text: string): string =>
  text.replace(PARTS, (_, quoted?: string, name = '') => quoted ?? RENAMED[name] ?? name);

/** Why a text is no key. */
export const keyProblemOf = (text: string, conditions: Conditions | undefined): string | undefined =>
  conditions ? conditions.checkExpression(renamed(text), { names: NAMES, says: 'value' }) : NONE_HERE;

export const keyOf = (text: string, input: KeyInput, conditions: Conditions | undefined): KeyOutcome => {
  if (conditions === undefined) return { failure: NONE_HERE };
  const { type: taskType, namespace: taskNamespace, ...rest } = input;
  const { value, failure } = conditions.evaluate(renamed(text), { ...rest, taskType, taskNamespace });
  if (failure !== undefined) return { failure };
  if (typeof value === 'string') return bounded(value);
  if (typeof value === 'number' || typeof value === 'boolean') return { key: String(value) };
  return { failure: `says ${value === null ? 'null' : `a ${typeof value}`}; ${A_KEY}` };
};

const bounded = (key: string): KeyOutcome =>
  key.length <= KEY_CHARS_MAX
    ? { key }
    : { failure: `says a text of ${key.length} characters; a key has ${KEY_CHARS_MAX} at most` };
