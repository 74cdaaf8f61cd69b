import { BULK_LIMITS } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { ObjectStore, OrProblem, StoredObject, TaskApi } from '@precedent/ports';
import type { TaskView } from '@precedent/contract-types';
import { answered, isProblem } from './answered.ts';

/** Removes the sets that nothing can start and no task needs. Rejects QUEUE_FULL when there are too many others. */
export const makeRoom = async (
  sets: ObjectStore,
  tasks: Pick<TaskApi, 'get'>,
  now: EpochMs,
): Promise<void> => {
  const all = await sets.list('');
  const past = all.filter(({ at }) => at + BULK_LIMITS.tokenMs <= now);
  const unused = await Promise.all(past.map(async (set) => ({ set, isUsed: await isUsed(set, tasks) })));
  const removed = unused.filter((one) => !one.isUsed);
  await Promise.all(removed.map(({ set }) => sets.remove(set.name)));
  if (all.length - removed.length >= BULK_LIMITS.sets) throw full();
};

/** A set has the name of its task. */
const isUsed = async ({ name }: StoredObject, tasks: Pick<TaskApi, 'get'>): Promise<boolean> => {
  const task = await answered<OrProblem<TaskView>>((reply) => tasks.get(name, reply));
  return !isProblem(task) && task.settledAt === undefined;
};

const full = (): AppError =>
  new AppError('QUEUE_FULL', `${BULK_LIMITS.sets} previews and bulk tasks are under way already`, {
    retryAfterMs: 60_000,
  });
