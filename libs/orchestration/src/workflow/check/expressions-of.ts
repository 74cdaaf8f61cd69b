import type { StepTask, WorkflowSpec, WorkflowStep } from '@precedent/contract-types';

/** An expression of a definition, and where it stands. */
export interface StepExpression {
  /** Such as `steps.test.map.over`. */
  readonly field: string;
  readonly text: string;
  /** What it may name besides `input` and `steps`. */
  readonly locals: readonly string[];
  readonly says: 'bool' | 'value';
  /** The step that it belongs to; absent of the output. */
  readonly step?: string | undefined;
  /** It is evaluated after the step has completed, and may read that one, too. */
  readonly isAfter?: true | undefined;
}

type Texts = Readonly<Record<string, string>>;

/** All expressions of a definition. */
export const expressionsOf = ({ steps, output }: WorkflowSpec): readonly StepExpression[] => [
  ...Object.entries(steps).flatMap(([name, step]) =>
    expressionsOfStep(step).map((one) => ({ ...one, step: name, field: `steps.${name}.${one.field}` })),
  ),
  ...(output === undefined ? [] : [valueAt('output', output)]),
];

const expressionsOfStep = (step: WorkflowStep): readonly StepExpression[] => [
  ...(step.when === undefined ? [] : [conditionAt('when', step.when)]),
  ...valuesOf('task', step.task),
  ...Object.entries(step.choice ?? {}).map(([branch, text]) => conditionAt(`choice.${branch}`, text)),
  ...(step.map ? mapExpressions(step.map) : []),
  ...(step.repeat ? repeatExpressions(step.repeat) : []),
  ...allValues('child.input', step.child?.input),
  ...valuesOf('compensate', step.compensate).map((one) => ({ ...one, isAfter: true as const })),
];

const mapExpressions = ({
  over,
  task,
  batch,
}: NonNullable<WorkflowStep['map']>): readonly StepExpression[] => [
  ...(typeof over === 'string' ? [valueAt('map.over', over)] : []),
  ...valuesOf('map.task', task, batch === undefined ? ['item', 'index'] : ['items', 'index']),
];

const repeatExpressions = ({
  task,
  until,
}: NonNullable<WorkflowStep['repeat']>): readonly StepExpression[] => [
  ...valuesOf('repeat.task', task, ['round']),
  { ...conditionAt('repeat.until', until), locals: ['result'] },
];

const valuesOf = (
  field: string,
  task: StepTask | undefined,
  locals: readonly string[] = [],
): readonly StepExpression[] => allValues(`${field}.with`, task?.with).map((one) => ({ ...one, locals }));

const allValues = (field: string, texts: Texts = {}): readonly StepExpression[] =>
  Object.entries(texts).map(([name, text]) => valueAt(`${field}.${name}`, text));

const valueAt = (field: string, text: string): StepExpression => ({ field, text, locals: [], says: 'value' });
const conditionAt = (field: string, text: string): StepExpression => ({
  field,
  text,
  locals: [],
  says: 'bool',
});
