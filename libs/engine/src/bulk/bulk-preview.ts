import { BULK_LIMITS, bulkRule, TASK_STATES, isVerdict } from '@precedent/contract-types';
import type {
  BulkAction,
  BulkPreview,
  BulkPreviewRequest,
  BulkRun,
  BulkSample,
  TaskState,
  TaskView,
} from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Caller, SelectedTasks, TaskSelection } from '@precedent/ports';
import { answered } from './answered.ts';
import type { BulkParts } from './bulk-parts.ts';
import { mayActBy, actingNamespace, refuseUnlessSome } from './bulk-rights.ts';
import { setText, tokenOf } from './stored-set.ts';
import { makeRoom } from './set-room.ts';
import { withForgotten } from './forgotten-tasks.ts';

/** Fixes the set, and stores it until its token is used. */
export const previewBulk = async (
  parts: BulkParts,
  request: BulkPreviewRequest,
  caller: Caller,
): Promise<BulkPreview> => {
  const { action, run } = request;
  if (run !== undefined && action !== 'retry') throw invalid('run', `is for retry only, not for ${action}`);
  const selection = selectionOf(parts, request, caller);
  const found = await foundBy(parts, action, selection);
  if (found.count > BULK_LIMITS.tasks) throw tooMany(found.count);
  const { count, seq } = found;
  const shown: BulkPreview = { action, count, seq, sample: found.sample.map(sampleOf) };
  return count === 0
    ? shown
    : { ...shown, ...(await stored(parts, { action, run, selection, found, caller })) };
};

const selectionOf = (
  { defaults, now }: BulkParts,
  { action, filter = {}, namespace: named }: BulkPreviewRequest,
  caller: Caller,
): TaskSelection => {
  const namespace = actingNamespace(caller, named, defaults.namespace);
  const { project } = filter;
  refuseUnlessSome(action, caller, { namespace, project }, now());
  return {
    filter: { ...filter, namespace, state: statesOf(action, filter.state) },
    mayAct: mayActBy(action, caller, now()),
    unrepeated: action === 'retry',
    idsMax: BULK_LIMITS.tasks,
    sampleMax: BULK_LIMITS.sample,
  };
};

/** Throws INVALID_REQUEST when the action applies to none of the states. */
const statesOf = (
  action: BulkAction,
  wanted: readonly TaskState[] = bulkRule(action).usually ?? TASK_STATES,
): readonly TaskState[] => {
  const { appliesTo, states: own } = bulkRule(action);
  const applicable = own ?? TASK_STATES.filter((state) => isVerdict(state) === (appliesTo === 'settled'));
  const states = applicable.filter((state) => wanted.includes(state));
  if (states.length > 0) return states;
  const message = `expected one of ${applicable.join(', ')} to ${action}, got ${wanted.join(', ')}`;
  throw invalid('filter.state', message);
};

const invalid = (field: string, message: string): AppError =>
  new AppError('INVALID_REQUEST', `${field}: ${message}`, { issues: [{ field, message }] });

const foundBy = async (
  { engine, settled }: BulkParts,
  action: BulkAction,
  selection: TaskSelection,
): Promise<SelectedTasks> => {
  const known = await answered<SelectedTasks>((reply) => engine.select(selection, reply));
  return action === 'delete' ? withForgotten(known, settled, selection) : known;
};

interface FoundSet {
  readonly action: BulkAction;
  readonly run: BulkRun | undefined;
  readonly selection: TaskSelection;
  readonly found: SelectedTasks;
  readonly caller: Caller;
}

const stored = async (
  { engine, sets, defaults, now, newId }: BulkParts,
  { action, run, selection: { filter }, found, caller: { principal, scope } }: FoundSet,
): Promise<Required<Pick<BulkPreview, 'token' | 'expiresAt'>>> => {
  await makeRoom(sets, engine.tasks, now());
  const [id, expiresAt] = [newId(), now() + BULK_LIMITS.tokenMs];
  const [first] = scope.projects === '*' ? [] : scope.projects;
  const text = setText({
    action,
    run,
    namespace: filter.namespace,
    project: filter.project ?? first ?? defaults.project,
    principal: principal?.principal.name,
    expiresAt,
    ids: found.ids,
  });
  await sets.put(id, Buffer.from(text));
  return { token: tokenOf(id, text), expiresAt };
};

const sampleOf = ({ id, project, type, band, state, name, submittedAt }: TaskView): BulkSample => ({
  id,
  project,
  type,
  band,
  state,
  ...(name !== undefined && { name }),
  submittedAt,
});

const tooMany = (count: number): AppError => {
  const { tasks } = BULK_LIMITS;
  const message = `it finds ${count} tasks of at most ${tasks}: narrow it, for instance by until, and repeat it for the others`;
  return new AppError('INVALID_REQUEST', `filter: ${message}`, {
    issues: [{ field: 'filter', message }],
    details: { count, limit: tasks },
  });
};
