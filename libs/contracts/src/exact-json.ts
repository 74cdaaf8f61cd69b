import { fieldPath, readJson, repeatedKey, tooDeep } from '@precedent/kernel';
import type { ErrorCode, JsonIssue, Problem, ReadJson } from '@precedent/kernel';
import { LIMITS } from './limits.ts';

/** Levels around a value with `LIMITS.depth` of its own: a payload in a task in a list, a result in a lease in a report. */
const LEVELS_AROUND = 8;
export const DEPTH_MAX: number = LIMITS.depth + LEVELS_AROUND;

/** What the text is called where no field of it is to blame. */
type Whole = 'message' | 'body';

export type ExactJson = { readonly value: unknown } | { readonly problem: Problem };

/**
 * The value of a JSON text that must not differ from its text. `problem`: it is no JSON, nested too deeply, or holds something that its value
 * would not say, such as a number that is too exact or a key that comes twice.
 */
export const exactJsonOf = (text: string, whole: Whole, code: ErrorCode): ExactJson => {
  const read = readJson(text, { depthMax: DEPTH_MAX });
  if (read === undefined) return { problem: { code, message: `the ${whole} is not JSON` } };
  const problem =
    depthProblem(read, code, whole) ??
    issueProblem(read.issues[0], code, { whole }) ??
    issueProblem(repeatedKey(text, read), code, { whole });
  return problem ? { problem } : { value: read.value };
};

/** Refuses a text that is nested so deeply that recursive code may overflow the stack. */
export const depthProblem = (
  { depth }: ReadJson,
  code: ErrorCode,
  whole: Whole = 'message',
): Problem | undefined => (depth > DEPTH_MAX ? fieldProblem(whole, tooDeep(LIMITS.depth), code) : undefined);

interface IssuePlace {
  readonly whole?: Whole;
  /** Segments at the front of the path to leave out, such as the index in a list. */
  readonly skip?: number;
}

export const issueProblem = (
  issue: JsonIssue | undefined,
  code: ErrorCode,
  { whole = 'message', skip = 0 }: IssuePlace = {},
): Problem | undefined =>
  issue && fieldProblem(fieldPath(issue.path.slice(skip)) || whole, issue.message, code);

export const fieldProblem = (field: string, message: string, code: ErrorCode): Problem => ({
  code,
  message: `${field}: ${message}`,
  issues: [{ field, message }],
});
