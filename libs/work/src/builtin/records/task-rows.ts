import type { Job } from '@precedent/contract-types';
import { AppError, defined } from '@precedent/kernel';
import type { HistoryReader, TaskSummary, TaskSummaryFilter } from '@precedent/ports';

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

/** Those that what a task makes may hold: tasks without a security label, and with its own one. */
export const forTask = (
  { security }: Pick<Job, 'security'>,
  tasks: readonly TaskSummary[],
): readonly TaskSummary[] =>
  tasks.filter((task) => task.security === undefined || task.security === security);

/** Throws HISTORY_UNAVAILABLE when this worker has no history. */
export const historyOf = (history: HistoryReader | undefined): HistoryReader => {
  if (history !== undefined) return history;
  throw new AppError('HISTORY_UNAVAILABLE', 'this worker has no history to read: none runs with it');
};
