import type { ParseResult } from '@marcbachmann/cel-js';
import { cutGraphemes, fieldOf, messageOf } from '@precedent/kernel';
import type { ConditionInput, Conditions, ConditionOutcome } from '@precedent/ports';
import { conditionEnvironment } from './environment.ts';
import { readsOf } from './reads.ts';
import { refusalIn } from './refusals.ts';
import { STEPS_MAX, stepsOf } from './steps.ts';

/** Characters of the result as JSON. */
const INPUT_CHARS_MAX = 65_536;

/** Expressions that are kept parsed. */
const PARSED_MAX = 1_000;

const FAILURE_CHARS_MAX = 200;

/** Conditions in CEL. */
export const celConditions = (): Conditions => {
  const environment = conditionEnvironment();
  const parsed = new Map<string, ParseResult>();
  const parse = (text: string): ParseResult => {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const made = environment.parse(text);
    if (parsed.size >= PARSED_MAX) parsed.clear();
    parsed.set(text, made);
    return made;
  };
  return {
    problemOf: (condition) => {
      try {
        return problemOf(parse(condition));
      } catch (error) {
        return summaryOf(error);
      }
    },
    decide: (condition, input) => {
      try {
        return decide(parse(condition), input);
      } catch (error) {
        return { failure: summaryOf(error), read: {} };
      }
    },
  };
};

const problemOf = (expression: ParseResult): string | undefined => {
  const { valid, type, error } = expression.check();
  if (!valid) return summaryOf(error);
  if (type !== 'bool' && type !== 'dyn') return `says ${type}; a condition says true or false`;
  return refusalIn(expression.ast);
};

const decide = (expression: ParseResult, { id, state, result, error }: ConditionInput): ConditionOutcome => {
  const input = { id, state, result: result ?? null, error };
  const limit = limitProblem(expression, result);
  const read = limit === undefined ? readsOf(expression.ast, input) : {};
  if (limit !== undefined) return { failure: limit, read };
  try {
    const said: unknown = expression(input);
    if (typeof said === 'boolean') return { holds: said, read };
    return { failure: `says ${describe(said)} and not true or false`, read };
  } catch (thrown) {
    return { failure: summaryOf(thrown), read };
  }
};

const limitProblem = ({ ast }: ParseResult, result: unknown): string | undefined => {
  if (typeof result !== 'object' && typeof result !== 'string') return undefined;
  const chars = JSON.stringify(result).length;
  if (chars > INPUT_CHARS_MAX)
    return `the result has ${chars} characters; a condition reads one of ${INPUT_CHARS_MAX} at most`;
  const steps = Math.ceil(stepsOf(ast, result, chars));
  return steps > STEPS_MAX
    ? `it could take ${steps} steps on this result of ${chars} characters; at most ${STEPS_MAX} are taken`
    : undefined;
};

const describe = (value: unknown): string => (value === null ? 'null' : `a ${typeof value}`);

/** One line; the text of the expression is not repeated. */
const summaryOf = (error: unknown): string => {
  const summary = fieldOf(error, 'summary');
  return cutGraphemes(typeof summary === 'string' ? summary : messageOf(error), FAILURE_CHARS_MAX);
};
