import { cutGraphemes, fieldOf, messageOf } from '@precedent/kernel';
import type { Evaluation, ExpressionUse } from '@precedent/ports';
import { jsonValue } from './json-value.ts';
import type { ParsedExpression } from './parsed-expressions.ts';
import { shownReads, valueAt } from './reads.ts';
import { refusalIn } from './refusals.ts';
import { STEPS_MAX, stepsOf } from './steps.ts';

/** Characters of the values that an expression reads, as JSON. */
const INPUT_CHARS_MAX = 65_536;

const FAILURE_CHARS_MAX = 200;

/** Why an expression is not accepted. */
export const expressionProblem = (
  { result }: ParsedExpression,
  says: ExpressionUse['says'],
): string | undefined => {
  const { valid, type = 'dyn', error } = result.check();
  if (!valid) return summaryOf(error);
  return typeProblem(type, says) ?? refusalIn(result.ast);
};

const NO_JSON = /^(?:google\.protobuf\.|type$|bytes$|uint$)/;

const typeProblem = (type: string, says: ExpressionUse['says']): string | undefined => {
  if (says === 'bool')
    return type === 'bool' || type === 'dyn' ? undefined : `says ${type}; a condition says true or false`;
  return NO_JSON.test(type) ? `says ${type}; a value is JSON` : undefined;
};

export const evaluation = (
  { result, paths }: ParsedExpression,
  input: Readonly<Record<string, unknown>>,
): Evaluation => {
  const values = paths.map((path) => valueAt(input, path));
  const limit = limitProblem(result.ast, values);
  if (limit !== undefined) return { failure: limit, read: {} };
  const read = shownReads(paths, input);
  try {
    return { value: jsonValue(result(input)), read };
  } catch (error) {
    return { failure: summaryOf(error), read };
  }
};

const limitProblem = (
  root: ParsedExpression['result']['ast'],
  values: readonly unknown[],
): string | undefined => {
  const read = values.filter((value) => typeof value === 'object' || typeof value === 'string');
  if (read.length === 0) return undefined;
  const chars = read.reduce<number>((sum, value) => sum + JSON.stringify(value).length, 0);
  if (chars > INPUT_CHARS_MAX)
    return `what it reads has ${chars} characters; an expression reads at most ${INPUT_CHARS_MAX}`;
  const steps = Math.ceil(stepsOf(root, read, chars));
  return steps > STEPS_MAX
    ? `it could take ${steps} steps on the ${chars} characters that it reads; at most ${STEPS_MAX} are taken`
    : undefined;
};

/** One line; the text of the expression is not repeated. */
export const summaryOf = (error: unknown): string => {
  const summary = fieldOf(error, 'summary');
  return cutGraphemes(typeof summary === 'string' ? summary : messageOf(error), FAILURE_CHARS_MAX);
};
