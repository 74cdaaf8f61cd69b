import type { BulkAction, BulkRun, DeleteReply, RetryReply, TaskView } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { Caller, ClientApi, EngineApi, OrProblem, SettledTasks } from '@precedent/ports';
import { answered, isProblem } from './answered.ts';

/** What an action on one task has to know. */
export interface BulkTarget {
  readonly id: string;
  readonly namespace: string;
  /** The id of the bulk task. */
  readonly bulk: string;
  readonly caller: Caller;
  /** What the caller may do. */
  readonly tasks: ClientApi['tasks'];
  /** What there is, also what the caller does not see: nothing of it may be shown to the caller. */
  readonly all: EngineApi['tasks'];
  readonly settled: SettledTasks;
  readonly run: BulkRun | undefined;
}

export type BulkOutcome = 'done' | 'already' | Problem;

type Act = (target: BulkTarget) => Promise<BulkOutcome>;

/** The reason of a task that was cancelled with others: a piece that is sent again recognises its own. */
const reasonOf = (bulk: string): string => `bulk ${bulk}`;

const cancel: Act = async ({ id, namespace, bulk, tasks, all }) => {
  const reason = reasonOf(bulk);
  const answer = await answered<OrProblem<TaskView>>((reply) => tasks.cancel({ id, reason }, reply));
  if (isProblem(answer)) {
    const { code } = answer.error;
    const isOver =
      code === 'TASK_SETTLED' || (code === 'TASK_NOT_FOUND' && (await isGone(all, id, namespace)));
    return isOver ? 'already' : answer.error;
  }
  const isOther = answer.state === 'cancelled' && answer.error?.message.endsWith(reason) === false;
  return isOther ? 'already' : 'done';
};

const remove: Act = async ({ id, namespace, caller, tasks, all, settled }) => {
  const request = { id, namespace };
  if (await isDeleted(all, id, namespace)) return 'already';
  const answer = await answered<OrProblem<DeleteReply>>((reply) => tasks.delete(request, reply));
  if (!isProblem(answer)) return 'done';
  if (answer.error.code !== 'TASK_NOT_FOUND') return answer.error;
  const problem = await settled.deletionProblem(request, caller);
  if (problem !== undefined) return problem;
  const forgotten = await answered<OrProblem<DeleteReply>>((reply) =>
    tasks.delete({ ...request, forgotten: true }, reply),
  );
  return isProblem(forgotten) ? forgotten.error : 'done';
};

/** A piece that is sent again finds its own repetitions; those of others, which are named differently, are not its own. */
const retry: Act = async ({ id, bulk, tasks, run: { edit, keepKeys } = {} }) => {
  const answer = await answered<OrProblem<RetryReply>>((reply) =>
    tasks.retry({ id, bulk, edit, keepKeys }, reply),
  );
  if (!isProblem(answer)) return 'done';
  return answer.error.code === 'TASK_EXISTS' ? 'already' : answer.error;
};

/** What the engine remembers of a task that it has no more. */
const memoryOf = async (tasks: EngineApi['tasks'], id: string): Promise<Problem['details']> => {
  const answer = await answered<OrProblem<TaskView>>((reply) => tasks.get(id, reply));
  return isProblem(answer) ? answer.error.details : undefined;
};

const isDeleted = async (tasks: EngineApi['tasks'], id: string, namespace: string): Promise<boolean> =>
  (await memoryOf(tasks, id))?.['deleted'] === namespace;

/** Whether it was settled and forgotten, or deleted. */
const isGone = async (tasks: EngineApi['tasks'], id: string, namespace: string): Promise<boolean> => {
  const memory = await memoryOf(tasks, id);
  return memory?.['settled'] === true || memory?.['deleted'] === namespace;
};

/** How each action is done to one task, as the single operation does it. */
export const ACTS: Readonly<Record<BulkAction, Act>> = { cancel, delete: remove, retry };
