import type { Dependency } from '@precedent/contract-types';
import type { TaskRow } from '@precedent/tasks';
import { joinedOf, openDependencies } from './joined.ts';

/** Dependencies that a text names. */
const NAMED_MAX = 5;

/** What a waiting task waits for: `success of task a, failure of task b and 3 more`. */
export const waitsFor = (row: TaskRow): string => {
  const open = openDependencies(row);
  const { dependsOn, join } = joinedOf(row);
  const all =
    open.length === dependsOn.length
      ? ''
      : ` (${dependsOn.length - open.length} of ${dependsOn.length} are decided)`;
  const rule = join === 'all' || dependsOn.length === 1 ? '' : join === 'any' ? 'one of: ' : `${join} of: `;
  return `${rule}${open.slice(0, NAMED_MAX).map(named).join(', ')}${moreText(open.length)}${all}`;
};

const named = ({ on = 'success', task }: Dependency): string => `${on} of task ${task}`;

const moreText = (count: number): string => (count > NAMED_MAX ? ` and ${count - NAMED_MAX} more` : '');
