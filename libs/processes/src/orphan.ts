import { readFileSync } from 'node:fs';
import { processCommandLine, endProcess, identityOf } from './process-identity.ts';

const STOP_MS = 10_000;

/**
 * Ends an orphaned server of an earlier program on its folder, and returns its process id. A process is taken for one only when
 * its command line names our configuration file: a pid file alone may be old.
 */
export const endOrphan = async (folder: {
  readonly pid: string;
  readonly config: string;
}): Promise<number | undefined> => {
  const pid = readPid(folder.pid);
  const identity = pid === undefined ? undefined : identityOf(pid);
  if (!identity || !processCommandLine(identity.pid).includes(folder.config)) return undefined;
  await endProcess(identity, STOP_MS);
  return identity.pid;
};

const readPid = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
};
