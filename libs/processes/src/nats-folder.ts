import path from 'node:path';
import { readFileSync } from 'node:fs';
import { commandLineOf, endProcess, markOf } from './process-mark.ts';

/** Where the own nats-server keeps its things within a data folder. */
export interface NatsFolder {
  readonly dir: string;
  readonly config: string;
  readonly store: string;
  readonly log: string;
  /** What it prints before its log file is open. */
  readonly output: string;
  readonly pid: string;
}

export const natsFolder = (dataDir: string): NatsFolder => {
  const dir = path.resolve(dataDir, 'nats');
  return {
    dir,
    config: path.join(dir, 'nats-server.conf'),
    store: path.join(dir, 'store'),
    log: path.join(dir, 'nats-server.log'),
    output: path.join(dir, 'nats-server.out'),
    pid: path.join(dir, 'nats-server.pid'),
  };
};

const ORPHAN_STOP_MS = 10_000;

/**
 * Ends a nats-server that an earlier program left behind on this data folder, and gives its process id. A process is taken for
 * one only when its command line names our configuration file: a pid file alone may be old.
 */
export const endOrphanedNats = async (dataDir: string): Promise<number | undefined> => {
  const { pid: pidFile, config } = natsFolder(dataDir);
  const pid = readPid(pidFile);
  const mark = pid === undefined ? undefined : markOf(pid);
  if (!mark || !commandLineOf(mark.pid).includes(config)) return undefined;
  await endProcess(mark, ORPHAN_STOP_MS);
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
