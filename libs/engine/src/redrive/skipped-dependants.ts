import type { TaskRow } from '@precedent/tasks';
import { joinedOf } from '../dependencies/joined.ts';

/** The tasks that were skipped because of a task, directly or by way of others, each behind those that it depends on; of those that the engine remembers, `max` at most. */
export const skippedDependants = (
  of: TaskRow,
  recent: Iterable<TaskRow>,
  max: number,
): readonly TaskRow[] => {
  const dependants = dependantsByTask(of.class.namespace, recent);
  const found = new Set<TaskRow>();
  const open = [of];
  for (let row = open.shift(); row !== undefined && found.size < max; row = open.shift())
    for (const dependant of dependants.get(row.id) ?? []) {
      if (found.has(dependant) || found.size >= max) continue;
      found.add(dependant);
      open.push(dependant);
    }
  return [...found];
};

const dependantsByTask = (namespace: string, recent: Iterable<TaskRow>): ReadonlyMap<string, TaskRow[]> => {
  const byTask = new Map<string, TaskRow[]>();
  for (const row of recent) {
    if (row.state !== 'skipped' || row.class.namespace !== namespace) continue;
    for (const { task } of joinedOf(row).dependsOn) {
      const rows = byTask.get(task);
      if (rows === undefined) byTask.set(task, [row]);
      else rows.push(row);
    }
  }
  return byTask;
};
