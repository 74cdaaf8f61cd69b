import { tmpdir } from 'node:os';
import { sweepFreezerGroups } from '../cgroup/freezer.ts';
import { sweepCheckpointFolders } from '../checkpoint/checkpoint-folder.ts';
import type { ProcessStat } from './procfs.ts';
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
  await sweepFreezerGroups(isAbandoned);
  return ended;
};
