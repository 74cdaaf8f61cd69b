import type { HistoryGetReply } from '@precedent/contract-types';
import { isVerdict } from '@precedent/contract-types';
import { AppError, isAppError } from '@precedent/kernel';
import { endedOf } from '@precedent/orchestration';
import type { ArchivedVerdict, OperationCalls, VerdictArchive } from '@precedent/ports';

/** For what the journal has that the history has not. Milliseconds. */
const WAIT_MS = 5_000;
const TIMEOUT_MS = 10_000;
/** Requests at once. */
const PARALLEL = 16;

/** The verdicts that the history service knows. */
export const historyVerdicts = (calls: OperationCalls): VerdictArchive => ({
  verdicts: async (namespace, ids) => {
    const found = new Map<string, ArchivedVerdict>();
    const open = [...ids];
    const next = async (): Promise<void> => {
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        const task = await taskOf(calls, id);
        if (task?.namespace === namespace) add(found, task);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, ids.length) }, next));
    return found;
  },
});

type Task = HistoryGetReply['task'];

const add = (found: Map<string, ArchivedVerdict>, task: Task): void => {
  const { id, state, security } = task;
  if (isVerdict(state)) found.set(id, { ...endedOf(state, task), security });
};

const taskOf = async (calls: OperationCalls, id: string): Promise<Task | undefined> => {
  try {
    const request = { id, waitMs: WAIT_MS };
    const reply = await calls.call({ group: 'history', verb: 'get', request, timeoutMs: TIMEOUT_MS });
    return (reply as HistoryGetReply).task;
  } catch (error) {
    if (isAppError(error) && error.code === 'TASK_NOT_FOUND') return undefined;
    throw new AppError('HISTORY_UNAVAILABLE', 'the history does not say how the tasks ended', {
      cause: error,
    });
  }
};
