import { readFileSync } from 'node:fs';
import { commandLineOf, endProcess, markOf } from './process-mark.ts';

const STOP_MS = 10_000;

/**
 * Ends a server that an earlier program left behind on its folder, and gives its process id. A process is taken for one only when
 * its command line names our configuration file: a pid file alone may be old.
 */
export const endOrphan = async (folder: {
  readonly pid: string;
  readonly config: string;
}): Promise<number | undefined> => {
  const pid = readPid(folder.pid);
  const mark = pid === undefined ? undefined : markOf(pid);
  if (!mark || !commandLineOf(mark.pid).includes(folder.config)) return undefined;
  await endProcess(mark, STOP_MS);
  return mark.pid;
};

const readPid = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
};
