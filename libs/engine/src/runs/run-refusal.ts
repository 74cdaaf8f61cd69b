import type { RunPayload, WorkflowSpec } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { workflowIssues } from '@precedent/orchestration';
import type { Conditions, ReadRunPayload } from '@precedent/ports';
import type { CellState } from '../cell/cell-state.ts';
import { unknownWorkflow } from './run-beginning.ts';

interface RefusalParts {
  readonly state: Pick<CellState, 'definitions' | 'table'>;
  readonly conditions?: Conditions | undefined;
  readonly readRunPayload?: ReadRunPayload | undefined;
}

/** Why a run is not accepted, whatever way its submission took. */
export const runRefusal = (
  payload: unknown,
  namespace: string,
  { state, conditions, readRunPayload = NO_RUNS }: RefusalParts,
): Problem | undefined => {
  const read = readRunPayload(payload);
  return 'error' in read ? read.error : refusalOf(read.payload, namespace, { state, conditions });
};

export const NO_RUNS: ReadRunPayload = () => ({
  error: { code: 'INVALID_TASK', message: 'this engine runs no workflows' },
});

const refusalOf = (
  { workflow, definition, rerun }: RunPayload,
  namespace: string,
  { state, conditions }: RefusalParts,
): Problem | undefined => {
  if (definition !== undefined) return definitionProblem(definition, conditions);
  if (rerun !== undefined) return rerunProblem(rerun.run, namespace, state);
  if (workflow === undefined) return undefined;
  return state.definitions.get('workflow', namespace, workflow) ? undefined : unknownWorkflow(workflow);
};

const definitionProblem = (
  definition: WorkflowSpec,
  conditions: Conditions | undefined,
): Problem | undefined => {
  if (conditions === undefined) return undefined;
  const issues = workflowIssues(definition, conditions).map(({ field, message }) => ({
    field: `payload.definition.${field}`,
    message,
  }));
  const [first] = issues;
  return first && { code: 'INVALID_TASK', message: `${first.field}: ${first.message}`, issues };
};

const rerunProblem = (
  id: string,
  namespace: string,
  { table }: RefusalParts['state'],
): Problem | undefined => {
  const row = table.get(id);
  if (row === undefined || row.class.namespace !== namespace)
    return { code: 'TASK_NOT_FOUND', message: `no recent run has the id ${id}` };
  return row.state === 'orchestrating'
    ? { code: 'TASK_ACTIVE', message: `run ${id} has not ended` }
    : undefined;
};
