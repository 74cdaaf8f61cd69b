import { AppError } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';

/** What can be found out about a text. */
export const TEXT_OPERATIONS = ['count', 'words', 'top-terms', 'lines', 'hash'] as const;
export type TextOperation = (typeof TEXT_OPERATIONS)[number];

/** A checked `text.process` payload: a text, or the path of a file on the worker. */
export interface TextCall {
  readonly source: { readonly text: string } | { readonly path: string };
  /** In the order asked for; all when the payload names none. */
  readonly operations: readonly TextOperation[];
}

const isOperation = (value: unknown): value is TextOperation =>
  (TEXT_OPERATIONS as readonly unknown[]).includes(value);

/** Checks the payload of a `text.process` task. Throws INVALID_TASK with an issue for every field that is wrong. */
export const textCallOf = (payload: unknown): TextCall => {
  const { text, path, operations } = Object(payload) as Record<string, unknown>;
  const issues: Issue[] = [];
  const source = sourceOf(text, path);
  if (source === undefined) {
    issues.push({
      field: 'payload',
      message: 'expected either a text or a path, as a string; got none, or both',
    });
  }
  const wanted = operations === undefined ? TEXT_OPERATIONS : operations;
  const known = Array.isArray(wanted) ? wanted.filter(isOperation) : [];
  if (!Array.isArray(wanted) || known.length === 0 || known.length < wanted.length) {
    const message = `expected some of ${TEXT_OPERATIONS.join(', ')}; got ${JSON.stringify(operations)}`;
    issues.push({ field: 'payload.operations', message });
  }
  if (issues.length > 0 || source === undefined) {
    throw new AppError('INVALID_TASK', `${issues[0]?.field}: ${issues[0]?.message}`, { issues });
  }
  return { source, operations: known };
};

const sourceOf = (text: unknown, path: unknown): TextCall['source'] | undefined => {
  if (typeof text === 'string' && path === undefined) return { text };
  if (typeof path === 'string' && path !== '' && text === undefined) return { path };
  return undefined;
};
