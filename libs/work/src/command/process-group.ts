import { errorCode } from '@precedent/kernel';
import { processIds, statOf } from './procfs.ts';
import type { ProcessStat } from './procfs.ts';

/**
 * Sends a signal to one process, or to a whole group when `target` is negative. 0 only tests whether it exists.
 * `refused`: it exists, and belongs to another user.
 */
export const sendSignal = (target: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' => {
  try {
    process.kill(target, signal);
    return 'sent';
  } catch (error) {
    return errorCode(error) === 'EPERM' ? 'refused' : 'gone';
  }
};

/** The living members of a process group. */
export const membersOf = (group: number): ProcessStat[] =>
  processIds()
    .map(statOf)
    .filter((stat) => stat !== undefined)
    .filter((stat) => stat.group === group);

/**
 * Whether a group has a living member. A zombie answers to signal 0 until its parent reaps it, which may never happen in a container without
 * an init. So the answer of the kernel is checked against the states.
 */
export const isGroupAlive = (group: number): boolean => {
  if (sendSignal(-group, 0) === 'gone') return false;
  return statOf(process.pid) === undefined || membersOf(group).length > 0;
};
