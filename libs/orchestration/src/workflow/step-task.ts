import type { StepTask } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { undecided, viewOf } from './run-context.ts';
import type { RunContext } from './run-context.ts';
import type { RunState } from './run-state.ts';

/** The members of a submission that the definition gives. */
export type StepSubmission = Readonly<Record<string, unknown>>;

/** Names that only some steps have: `item` and `index` or `items` of a map, `round` of a repeated one. */
type Locals = Readonly<Record<string, unknown>>;

/** The submission of a step's task, with the values of its expressions. */
export const stepSubmission = (
  run: RunState,
  { with: expressions, ...task }: StepTask,
  { evaluate }: RunContext,
  locals: Locals = {},
): { readonly task: StepSubmission } | { readonly error: Problem } => {
  if (expressions === undefined) return { task: withLocals(task, locals) };
  const input = { ...viewOf(run), ...locals };
  const values: [string, unknown][] = [];
  for (const [name, text] of Object.entries(expressions)) {
    const evaluated = evaluate(text, input);
    if (evaluated.failure !== undefined) return { error: undecided(text, evaluated) };
    values.push([name, evaluated.value]);
  }
  return { task: task.command === undefined ? withPayload(task, values) : withEnvironment(task, values) };
};

/** Where the definition gives no payload, the task of an item gets the item. */
const withLocals = (task: StepTask, locals: Locals): StepSubmission =>
  task.payload === undefined && task.command === undefined && Object.keys(locals).length > 0
    ? { ...task, payload: locals }
    : task;

const withPayload = (task: StepTask, values: readonly (readonly [string, unknown])[]): StepSubmission => ({
  ...task,
  payload: { ...(task.payload as object | undefined), ...Object.fromEntries(values) },
});

/** A command reads its values from variables: a text as it is, anything else as JSON. */
const withEnvironment = (task: StepTask, values: readonly (readonly [string, unknown])[]): StepSubmission => {
  const texts = values.map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return { ...task, env: { ...(task['env'] as object | undefined), ...Object.fromEntries(texts) } };
};
