import type { BulkVerdicts, TaskView } from '@precedent/contract-types';
import type { EngineApi, OrProblem } from '@precedent/ports';
import { redriveIdOf } from '@precedent/ports';
import { answered, isProblem } from './answered.ts';

/** A request that waits is answered after so long at the latest. Milliseconds. */
const WAIT_MS = 5_000;

interface Repeated {
  readonly ids: readonly string[];
  /** The bulk task that has run them again: repetitions of others do not count. */
  readonly bulk: string;
}

/** How the repetitions of some tasks have ended. `waits`: not before the last of those that are open has, or the time is over. */
export const verdictsOf = async (
  tasks: EngineApi['tasks'],
  repeated: Repeated,
  waits: boolean,
): Promise<BulkVerdicts> => {
  const found = await repetitionsOf(tasks, repeated);
  const last = found.findLast(isOpen);
  if (!waits || last === undefined) return countsOf(found);
  await answered<OrProblem<TaskView>>((reply) => tasks.wait(last.id, WAIT_MS, reply));
  return countsOf(await repetitionsOf(tasks, repeated));
};

const repetitionsOf = async (
  tasks: EngineApi['tasks'],
  { ids, bulk }: Repeated,
): Promise<readonly TaskView[]> => {
  const answers = await Promise.all(
    ids.map((id) => answered<OrProblem<TaskView>>((reply) => tasks.get(redriveIdOf(id), reply))),
  );
  return answers.flatMap((one) => (isProblem(one) || one.redriveOf?.bulk !== bulk ? [] : [one]));
};

const isOpen = ({ settledAt }: TaskView): boolean => settledAt === undefined;
const isFailed = ({ state }: TaskView): boolean => state === 'failed' || state === 'timed_out';

const countsOf = (found: readonly TaskView[]): BulkVerdicts => {
  const ended = found.filter((task) => !isOpen(task));
  // The result of a bulk task has other readers than a task with a label.
  const mended = ended.find(({ state, security }) => state === 'completed' && security === undefined);
  return {
    ended: ended.length,
    failed: ended.filter(isFailed).length,
    open: found.length - ended.length,
    ...(mended?.redriveOf && { mended: { task: mended.redriveOf.task, by: mended.id } }),
  };
};
