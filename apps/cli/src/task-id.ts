import type { Client } from '@precedent/client';
import { ID_PATTERN } from '@precedent/contracts';
import type { TaskView } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import { titleText } from './task-view-text.ts';
import { visibleLine } from './terminal/visible.ts';
import { UsageError } from './usage-error.ts';

/** Characters of an id that we made: it has no more. */
const ID_CHARS = 26;
const CANDIDATES_MAX = 10;

/**
 * The whole id of the task that is meant: the given one, or the only one that begins so, among what engine and history have. One that
 * nothing begins with stays as it is: the command itself says that there is none. Throws UsageError with the candidates.
 */
export const taskIdOf = async (client: Pick<Client, 'list'>, given: string): Promise<string> => {
  if (given.length >= ID_CHARS || !ID_PATTERN.test(given)) return given;
  const tasks = await tasksFrom(client, given);
  const [only, ...others] = tasks;
  if (only === undefined || tasks.some(({ id }) => id === given)) return given;
  if (others.length === 0) return only.id;
  throw ambiguous(given, tasks);
};

/** Nothing where no engine answers: the command itself says so. */
const tasksFrom = async (client: Pick<Client, 'list'>, idPrefix: string): Promise<readonly TaskView[]> => {
  try {
    return (await client.list({ idPrefix, limit: CANDIDATES_MAX + 1 })).tasks;
  } catch (error) {
    if (isAppError(error)) return [];
    throw error;
  }
};

const ambiguous = (given: string, tasks: readonly TaskView[]): UsageError => {
  const count = tasks.length > CANDIDATES_MAX ? `more than ${CANDIDATES_MAX} tasks` : `${tasks.length} tasks`;
  const issues = tasks
    .slice(0, CANDIDATES_MAX)
    .map((task) => ({ field: task.id, message: visibleLine(`${task.state}, ${titleText(task)}`) }));
  return new UsageError(`${given} is the beginning of ${count}`, { issues });
};
