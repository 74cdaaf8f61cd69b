import { AppError, defined } from '@precedent/kernel';
import type { HistoryReader, TaskSummaryFilter } from '@precedent/ports';

/** The tasks that a payload selects. */
export interface TasksCall {
  readonly project?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly states?: readonly string[] | undefined;
  /** Epoch milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export const tasksFilter = (namespace: string, call: TasksCall): TaskSummaryFilter => ({
  namespace,
  ...(call.project !== undefined && { project: call.project }),
  ...(call.types && { types: call.types }),
  ...(call.states && { states: call.states }),
  ...defined({ from: call.since, to: call.until }),
});

/** Throws HISTORY_UNAVAILABLE when this worker has no history. */
export const historyOf = (history: HistoryReader | undefined): HistoryReader => {
  if (history !== undefined) return history;
  throw new AppError('HISTORY_UNAVAILABLE', 'this worker has no history to read: none runs with it');
};
