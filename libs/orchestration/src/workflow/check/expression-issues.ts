import type { WorkflowSpec } from '@precedent/contract-types';
import { nearest, ownValue } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { expressionsOf } from './expressions-of.ts';
import type { StepExpression } from './expressions-of.ts';
import { ancestorsIn } from './step-graph.ts';

/** What a check needs to know of expressions: a part of the port `Expressions`. */
export interface ExpressionChecks {
  checkExpression(
    text: string,
    use: { readonly names: readonly string[]; readonly says: 'bool' | 'value' },
  ): string | undefined;
  readsOf(text: string): readonly (readonly string[])[];
}

/** Expressions of one definition: they are checked in one turn of the engine. */
const EXPRESSIONS_MAX = 2_000;

const STEP_MEMBERS = ['state', 'result', 'error'];

/** Names that only some expressions have, with those that have them. */
const LOCALS: Readonly<Record<string, string>> = {
  item: 'the task of a map without `batch`',
  items: 'the task of a map with `batch`',
  index: 'the task of a map',
  round: 'the task of a repeat',
  result: 'the condition `until` of a repeat',
};

export const expressionIssues = (spec: WorkflowSpec, checks: ExpressionChecks): readonly Issue[] => {
  const all = expressionsOf(spec);
  if (all.length > EXPRESSIONS_MAX)
    return [
      { field: 'steps', message: `have ${all.length} expressions; at most ${EXPRESSIONS_MAX} are allowed` },
    ];
  const ancestors = ancestorsIn(spec);
  return all.flatMap((expression) => {
    const message = problemOf(expression, { spec, checks, ancestors });
    return message === undefined
      ? []
      : [{ field: expression.field, message: `${message}: ${expression.text}` }];
  });
};

interface Context {
  readonly spec: WorkflowSpec;
  readonly checks: ExpressionChecks;
  readonly ancestors: (step: string) => ReadonlySet<string>;
}

const problemOf = (expression: StepExpression, context: Context): string | undefined => {
  const { text, says, locals } = expression;
  const reads = context.checks.readsOf(text);
  for (const [name = ''] of reads)
    if (ownValue(LOCALS, name) !== undefined && !locals.includes(name))
      return `\`${name}\` is known in ${LOCALS[name]} only`;
  return (
    context.checks.checkExpression(text, { names: ['input', 'steps', ...locals], says }) ??
    firstOf(reads, (path) => readProblem(path, expression, context))
  );
};

const readProblem = (
  [head, step, member]: readonly string[],
  expression: StepExpression,
  { spec, ancestors }: Context,
): string | undefined => {
  if (head !== 'steps') return undefined;
  if (step === undefined) return '`steps` without the name of a step cannot be checked; write `steps.<name>`';
  if (ownValue(spec.steps, step) === undefined) return unknownStep(step, spec);
  if (member !== undefined && !STEP_MEMBERS.includes(member))
    return `a step has ${STEP_MEMBERS.join(', ')}, and no ${member}; write \`steps.${step}.result.${member}\` for its result`;
  const { step: own, isAfter } = expression;
  if (own === undefined || (isAfter && own === step) || ancestors(own).has(step)) return undefined;
  return own === step
    ? `step ${step} reads itself before it has ended`
    : `step ${own} reads step ${step}, and does not wait for it; name it in \`needs\``;
};

export const unknownStep = (name: string, { steps }: WorkflowSpec): string => {
  const close = nearest(name, Object.keys(steps));
  return `there is no step ${name}${close === undefined ? '' : `; did you mean ${close}?`}`;
};

const firstOf = <T>(values: readonly T[], of: (value: T) => string | undefined): string | undefined => {
  for (const value of values) {
    const found = of(value);
    if (found !== undefined) return found;
  }
  return undefined;
};
