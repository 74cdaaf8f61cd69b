import type { HistoryReader, TaskSummary } from '@precedent/ports';
import { NOW } from './world.ts';

export const aSummary = (n: number, fields: Partial<TaskSummary> = {}): TaskSummary => ({
  id: `T${String(n).padStart(5, '0')}`,
  namespace: 'default',
  project: 'shop',
  type: n % 2 === 0 ? 'command' : 'http',
  band: 'normal',
  state: 'completed',
  submittedAt: NOW + n,
  settledAt: NOW + n + 50,
  durationMs: 40 + n,
  attempts: 1,
  preemptions: 0,
  ...fields,
});

/** A history of these tasks, which must be in the order of their ids. Counts its pages. */
export const historyWith = (tasks: readonly TaskSummary[]): HistoryReader & { pages: number } => {
  const reader = {
    pages: 0,
    list: async (
      { namespace, project, types, states, from = 0, to = Infinity }: Parameters<HistoryReader['list']>[0],
      { limit, after = '' }: Parameters<HistoryReader['list']>[1],
    ) => {
      reader.pages++;
      const found = tasks.filter(
        (task) =>
          task.namespace === namespace &&
          (project === undefined || task.project === project) &&
          (types?.includes(task.type) ?? true) &&
          (states?.includes(task.state) ?? true) &&
          task.submittedAt >= from &&
          task.submittedAt < to &&
          task.id > after,
      );
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { tasks: page, ...(found.length > limit && last && { next: last.id }) };
    },
    stats: async ({ namespace }: Parameters<HistoryReader['stats']>[0]) => ({
      total: tasks.filter((task) => task.namespace === namespace).length,
      byState: {},
    }),
  };
  return reader;
};
