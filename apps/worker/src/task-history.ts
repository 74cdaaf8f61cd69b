import { defined } from '@precedent/kernel';
import type { HistoryClient } from '@precedent/client';
import type { HistoryListRequest, HistoryTaskView } from '@precedent/contract-types';
import type { HistoryReader, TaskSummary, TaskSummaryFilter } from '@precedent/ports';
import { fingerprintOf } from '@precedent/semantic';

/** The history service, for reports and exports. Rejects with HISTORY_UNAVAILABLE when none answers. */
export const taskHistory = (history: () => Pick<HistoryClient, 'list' | 'stats'>): HistoryReader => ({
  list: async (filter, { limit, after }) => {
    const { tasks, cursor } = await history().list({
      ...queryOf(filter),
      limit,
      ...(after !== undefined && { cursor: after }),
    });
    return { tasks: tasks.map(summaryOf), ...(cursor !== undefined && { next: cursor }) };
  },
  stats: async (filter) => {
    const { total, byState } = await history().stats(queryOf(filter));
    return { total, byState };
  },
});

const queryOf = ({ namespace, project, types, states, from, to }: TaskSummaryFilter): HistoryListRequest => ({
  namespace,
  ...(project !== undefined && { project }),
  ...(types && { type: [...types] }),
  // The history refuses an unknown state itself.
  ...(states && { state: [...states] as NonNullable<HistoryListRequest['state']> }),
  ...defined({ since: from, until: to }),
});

const summaryOf = (task: HistoryTaskView): TaskSummary => {
  const { id, namespace, project, type, name, band, state, submittedAt, startedAt, settledAt } = task;
  const { ranMs, attempt, preemptions = 0, worker, error, security } = task;
  return {
    id,
    namespace,
    project,
    type,
    band,
    state,
    submittedAt,
    attempts: attempt,
    preemptions,
    ...defined({ name, startedAt, settledAt, durationMs: ranMs, worker, security }),
    ...(error && {
      error: {
        code: error.code,
        message: error.message,
        ...defined({ fingerprint: fingerprintOf({ error })?.hash }),
      },
    }),
  };
};
