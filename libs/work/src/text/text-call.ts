import { AppError } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';

/** Operations on a text. */
export const TEXT_OPERATIONS = ['count', 'words', 'top-terms', 'lines', 'hash'] as const;
export type TextOperation = (typeof TEXT_OPERATIONS)[number];

/** Files of one task. */
export const PATHS_MAX = 1_000;
const BATCH = 10;

/** A checked `text.process` payload: a text, or the path of a file on the worker, or the paths of many. */
export interface TextCall {
  readonly source:
    | { readonly text: string }
    | { readonly path: string }
    | { readonly paths: readonly string[]; /** Files between two checkpoints. */ readonly batch: number };
  /** In the requested order; all when the payload names none. */
  readonly operations: readonly TextOperation[];
}

const isOperation = (value: unknown): value is TextOperation =>
  (TEXT_OPERATIONS as readonly unknown[]).includes(value);

/** Checks the payload of a `text.process` task. Throws INVALID_TASK with an issue for every field that is wrong. */
export const textCallOf = (payload: unknown): TextCall => {
  const { operations, ...fields } = Object(payload) as Record<string, unknown>;
  const issues: Issue[] = [];
  const source = sourceOf(fields);
  if (source === undefined) issues.push(sourceIssue(fields));
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

const sourceOf = ({
  text,
  path,
  paths,
  batch = BATCH,
}: Record<string, unknown>): TextCall['source'] | undefined => {
  const given = [text, path, paths].filter((value) => value !== undefined);
  if (given.length !== 1) return undefined;
  if (typeof text === 'string') return { text };
  if (isPath(path)) return { path };
  return arePaths(paths) && isBatch(batch) ? { paths, batch } : undefined;
};

const sourceIssue = ({ text, path, paths, batch = BATCH }: Record<string, unknown>): Issue => {
  if (text !== undefined || path !== undefined || paths === undefined) {
    const message = 'expected either a text, a path or paths; got none, several, or one of another type';
    return { field: 'payload', message };
  }
  if (arePaths(paths)) {
    const message = `expected 1 to ${PATHS_MAX} files; got ${JSON.stringify(batch)}`;
    return { field: 'payload.batch', message };
  }
  const got = Array.isArray(paths) ? `a list of ${paths.length}` : JSON.stringify(paths);
  return { field: 'payload.paths', message: `expected 1 to ${PATHS_MAX} paths, each a string; got ${got}` };
};

const isPath = (value: unknown): value is string => typeof value === 'string' && value !== '';

const arePaths = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length >= 1 && value.length <= PATHS_MAX && value.every(isPath);

const isBatch = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= PATHS_MAX;
