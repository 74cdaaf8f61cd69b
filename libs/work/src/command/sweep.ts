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
 * Ends and removes what killed workers of this machine left behind: processes, which it returns, their checkpoint folders
 * and their freezer groups. Call it when a worker starts. What living workers have is left alone.
 */
export const sweepLeftovers = async ({ checkpointRoot = tmpdir() }: SweepOptions = {}): Promise<
  ProcessStat[]
> => {
  const ended = sweepOrphans();
  await sweepCheckpointFolders(checkpointRoot, isAbandoned);
  return [...ended, ...(await sweepGroups(isAbandoned))];
};

/** Ends what is in the groups whose name `isOurs` accepts, and removes them: a killed worker could not. */
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
