import { existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { natsFolder } from './nats-folder.ts';

const MIB = 1024 * 1024;
/** What a new cell reserves at least: 128 MiB for the output of tasks, 80 MiB for tasks submitted by JetStream publish. */
const RESERVED_BYTES = 208 * MIB;
/** The server reserves no more than this share of the free space at its start. */
const SHARE = 0.75;
/** Free bytes that a new store needs. */
export const NATS_NEEDED_BYTES = Math.ceil(RESERVED_BYTES / SHARE);

/** Throws JOURNAL_UNAVAILABLE, with both amounts, when the disk of a data folder is too small for a new store. */
export const checkNatsDiskSpace = (
  dataDir: string,
  freeBytes: (dir: string) => number = freeBytesOf,
): void => {
  if (existsSync(path.join(natsFolder(dataDir).store, 'jetstream'))) return;
  const free = freeBytes(dataDir);
  if (free >= NATS_NEEDED_BYTES) return;
  const [has, needs] = [Math.floor(free / MIB), Math.ceil(NATS_NEEDED_BYTES / MIB)];
  const message = `the disk of ${dataDir} has ${has} MiB free; a new data folder needs ${needs} MiB`;
  throw new AppError('JOURNAL_UNAVAILABLE', message, {
    details: { freeBytes: free, neededBytes: NATS_NEEDED_BYTES },
  });
};

const freeBytesOf = (dir: string): number => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
};
