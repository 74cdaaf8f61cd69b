import type { Client } from '@precedent/client';
import { inputFacts } from '@precedent/semantic';
import type { Indexer, TaskFacts } from '@precedent/semantic';

/** Finds a task without documents: an open one of a long queue, or a success that a later one stands for, which the history has. */
export const unindexedTask =
  (indexer: () => Pick<Indexer, 'openTask'>, history: Pick<Client['history'], 'get'>) =>
  async (id: string): Promise<TaskFacts | undefined> =>
    indexer().openTask(id) ?? (await inHistory(history, id));

/** What the history has of a task, without the values of its environment: the hash of its input is that of no other task. */
const inHistory = async (
  history: Pick<Client['history'], 'get'>,
  id: string,
): Promise<TaskFacts | undefined> => {
  try {
    const { task } = await history.get(id);
    const { namespace, project, type, band, pool, labels, security, state, submittedAt, settledAt } = task;
    if (state !== 'completed') return undefined;
    const { inputHash: _, ...input } = inputFacts(withKeys(task), id);
    return {
      id,
      namespace,
      project,
      type,
      band,
      pool,
      ...(labels && { labels }),
      ...(security !== undefined && { security }),
      ...input,
      attempts: [],
      submittedAt,
      ...(settledAt !== undefined && { settledAt }),
      outcome: state,
    };
  } catch {
    return undefined;
  }
};

type HistoryTask = Awaited<ReturnType<Client['history']['get']>>['task'];

const withKeys = ({ name, command, args, cwd, envKeys, payload }: HistoryTask) => ({
  ...(name !== undefined && { name }),
  ...(command !== undefined && { command }),
  ...(args && { args: [...args] }),
  ...(cwd !== undefined && { cwd }),
  ...(envKeys && { env: Object.fromEntries(envKeys.map((key) => [key, ''])) }),
  payload,
});
