import path from 'node:path';
import { endOrphan } from './orphan.ts';

/** The files of the nats-server that `precedent up` starts, within a data folder. */
export interface NatsFolder {
  readonly dir: string;
  readonly config: string;
  readonly store: string;
  readonly log: string;
  /** Output before the log file is open. */
  readonly output: string;
  readonly pid: string;
  /** By what the key of the store is recognised. */
  readonly storeKey: string;
  /** Of a server that requires credentials. */
  readonly secrets: string;
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
    storeKey: path.join(dir, 'store-key.json'),
    secrets: path.join(dir, 'access.json'),
  };
};

/** Ends an orphaned nats-server of an earlier run on this data folder, and returns its process id. */
export const endOrphanedNats = (dataDir: string): Promise<number | undefined> =>
  endOrphan(natsFolder(dataDir));
