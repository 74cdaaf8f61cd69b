import type { DeleteReply, TaskView } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import type { AppError } from '@precedent/kernel';
import type { HistoryClient } from './history.ts';

export interface DeleteOptions {
  /** Of the task. `default` when left out. */
  readonly namespace?: string;
}

interface DeleteBody {
  readonly id: string;
  readonly namespace: string;
}

type Request = (verb: 'delete' | 'deleteForgotten', body: DeleteBody) => Promise<DeleteReply>;

/**
 * Requests it of the engine. For a task that the engine has forgotten the history gives the namespace: a client may delete only in the
 * namespace that it names.
 */
export const deleteMerged = async (
  ask: Request,
  history: HistoryClient,
  body: DeleteBody,
): Promise<DeleteReply> => {
  try {
    return await ask('delete', body);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const task = await inHistory(history, body.id, error);
    if (task.namespace !== body.namespace) throw error;
    return ask('deleteForgotten', body);
  }
};

const inHistory = async (history: HistoryClient, id: string, notFound: AppError): Promise<TaskView> => {
  try {
    return (await history.get(id)).task;
  } catch (error) {
    const isKnown = notFound.extras.details?.['settled'] === true;
    if (!isNotFound(error) && (isKnown || !isWithout(error))) throw error;
    throw notFound;
  }
};

const isNotFound = (error: unknown): error is AppError =>
  isAppError(error) && error.code === 'TASK_NOT_FOUND';

/** Whether the error says that there is no history to ask: then the engine's answer is all that there is. */
export const isWithout = (error: unknown): boolean =>
  isAppError(error) && error.code === 'HISTORY_UNAVAILABLE';

/** The namespace of a task that the engine says was deleted: a history that still has it is only late. */
export const deletedIn = ({ extras }: AppError): string | undefined => {
  const namespace = extras.details?.['deleted'];
  return typeof namespace === 'string' ? namespace : undefined;
};
