import { conditionOutcome } from '@precedent/ports';
import type { Conditions, Evaluation, ExpressionUse } from '@precedent/ports';
import { evaluation, expressionProblem, summaryOf } from './evaluation.ts';
import { ExpressionsByNames } from './parsed-expressions.ts';
import type { ParsedExpression, ParsedExpressions } from './parsed-expressions.ts';

const CONDITION_NAMES = ['id', 'state', 'result', 'error'];

/** Expressions and conditions in CEL. */
export const celConditions = (): Conditions => {
  const byNames = new ExpressionsByNames();
  const conditions = byNames.of(CONDITION_NAMES);
  const anyNames = byNames.of([]);
  return {
    checkExpression: (text, { names, says }) => problemOf(() => byNames.of(names).of(text), says),
    evaluate: (text, input) => evaluate(byNames.of(Object.keys(input)), text, input),
    readsOf: (text) => readsOf(anyNames, text),
    problemOf: (condition) => problemOf(() => conditions.of(condition), 'bool'),
    decide: (condition, { id, state, result, error }) =>
      conditionOutcome(evaluate(conditions, condition, { id, state, result: result ?? null, error })),
  };
};

const problemOf = (parsed: () => ParsedExpression, says: ExpressionUse['says']): string | undefined => {
  try {
    return expressionProblem(parsed(), says);
  } catch (error) {
    return summaryOf(error);
  }
};

const evaluate = (
  expressions: ParsedExpressions,
  text: string,
  input: Readonly<Record<string, unknown>>,
): Evaluation => {
  try {
    return evaluation(expressions.of(text), input);
  } catch (error) {
    return { failure: summaryOf(error), read: {} };
  }
};

const readsOf = (expressions: ParsedExpressions, text: string): readonly (readonly string[])[] => {
  try {
    return expressions.of(text).paths.map((path) => path.map(String));
  } catch {
    return [];
  }
};
