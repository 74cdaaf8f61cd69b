import type { RunPayload } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { reusedSteps } from '@precedent/orchestration';
import type { RunFact } from '@precedent/orchestration';
import type { ReadRunPayload } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { CellState } from '../cell/cell-state.ts';

type Begun = Extract<RunFact, { type: 'begun' }>;

/** What a run begins with: its definition as it is now, its input with the defaults of the definition, and what it takes over. */
export const beginningOf = (
  row: Pick<TaskRow, 'class' | 'body'>,
  state: Pick<CellState, 'definitions' | 'runs'>,
  readRunPayload: ReadRunPayload,
): Begun | { readonly error: Problem } => {
  const read = readRunPayload((JSON.parse(row.body) as { readonly payload: unknown }).payload);
  if ('error' in read) return read;
  const { payload } = read;
  const { namespace } = row.class;
  if (payload.rerun !== undefined) return rerunOf(payload, state);
  if (payload.definition !== undefined) {
    const input = { ...payload.definition.input, ...payload.input };
    return { type: 'begun', definition: payload.definition, input };
  }
  const name = payload.workflow ?? '';
  const found = state.definitions.get('workflow', namespace, name);
  if (found === undefined) return { error: unknownWorkflow(name) };
  const { input } = found.spec as { readonly input?: Readonly<Record<string, unknown>> };
  return {
    type: 'begun',
    workflow: { name, revision: found.revision },
    input: { ...input, ...payload.input },
  };
};

export const unknownWorkflow = (name: string): Problem => ({
  code: 'DEFINITION_NOT_FOUND',
  message: `the namespace has no workflow ${name}`,
});

/** It has to have ended, and its steps have to be known still. */
const rerunOf = (
  { rerun, input }: RunPayload,
  { runs }: Pick<CellState, 'runs'>,
): Begun | { readonly error: Problem } => {
  const { run: id = '', from = [] } = rerun ?? {};
  const run = runs.get(id);
  if (run === undefined)
    return { error: { code: 'TASK_NOT_FOUND', message: `no recent run has the id ${id}` } };
  const unknown = from.find((name) => !run.steps.has(name));
  if (unknown !== undefined)
    return { error: { code: 'INVALID_TASK', message: `run ${id} has no step ${unknown}` } };
  return {
    type: 'begun',
    definition: run.plan.spec,
    input: { ...run.input, ...input },
    rerunOf: id,
    reused: reusedSteps(run, from),
  };
};
