import { tmpdir } from 'node:os';
import { groupHomes, groupsIn, membersIn, removeGroup, thawGroup } from '../cgroup/attempt-group.ts';
import { sweepCheckpointFolders } from '../checkpoint/checkpoint-folder.ts';
import type { ProcessStat } from './procfs.ts';
import { sendSignal } from './process-group.ts';
import { statOf } from './procfs.ts';
import { isAbandoned, sweepOrphans } from './run-tag.ts';

export interface SweepOptions {
  /** As of the `commandExecutor`. */
  readonly checkpointRoot?: string;
}

/**
 * Ends and removes what killed workers of this machine have left: processes, which it returns, checkpoint folders and cgroups. Call it when a
 * worker starts. Processes and folders of living workers are not touched.
 */
export const sweepLeftovers = async ({ checkpointRoot = tmpdir() }: SweepOptions = {}): Promise<
  ProcessStat[]
> => {
  const ended = sweepOrphans();
  await sweepCheckpointFolders(checkpointRoot, isAbandoned);
  return [...ended, ...(await sweepGroups(isAbandoned))];
};

/** Ends the processes in the groups whose name `isOurs` accepts, and removes the groups of killed workers. */
export const sweepGroups = async (isOurs: (name: string) => boolean): Promise<ProcessStat[]> => {
  const left = (await groupHomes()).flatMap(groupsIn).filter(({ name }) => isOurs(name));
  const ended: ProcessStat[] = [];
  for (const { dir } of left) {
    const members = membersIn(dir).filter((pid) => pid !== process.pid);
    ended.push(...members.map(statOf).filter((stat) => stat !== undefined));
    for (const pid of members) sendSignal(pid, 'SIGKILL');
    await thawGroup(dir);
    await removeGroup(dir);
  }
  return ended;
};
