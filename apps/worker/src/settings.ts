import type { WorkerOptions } from '@precedent/client';
import type { Config } from '@precedent/config';
import { LIMITS } from '@precedent/contracts';
import { cutText, defaultExpress, hash53 } from '@precedent/kernel';
import { logBytesOf } from './executors.ts';

const NAME_CHARS_MAX = 64;
const MARK_CHARS = 6;

/**
 * A name that is the same after a restart, so that the new session replaces the old one at once: the host and a hash of the data folder. Two
 * workers with the same data folder on one host must be given names.
 */
export const defaultName = (host: string, dataDir: string): string => {
  const mark = hash53(dataDir).toString(36).padStart(MARK_CHARS, '0').slice(-MARK_CHARS);
  const word = cutText(host.replaceAll(/[^A-Za-z0-9_-]+/g, '-'), NAME_CHARS_MAX - MARK_CHARS - 1);
  return `${word}-${mark}`;
};

/** The options of the worker, without its handlers. */
export const workerOptionsOf = (
  { worker, execution }: Config,
  name: string,
): Pick<
  WorkerOptions,
  'name' | 'types' | 'suspends' | 'slots' | 'express' | 'pools' | 'clearances' | 'labels' | 'logBytes'
> => ({
  name,
  types: worker.types,
  // Of the built-in types, only processes of commands can be frozen.
  suspends: ['command'],
  slots: execution.maxConcurrent,
  express: expressOf(execution),
  pools: worker.pools,
  ...(worker.clearances.length > 0 && { clearances: worker.clearances }),
  labels: worker.labels,
  logBytes: logBytesOf(worker),
});

/** With the slots no more than a worker may have. */
const expressOf = ({ maxConcurrent, expressPercent }: Config['execution']): number =>
  Math.min(defaultExpress(maxConcurrent, expressPercent), LIMITS.slotsPerWorker - maxConcurrent);

/** How long each step of a stop may take. Milliseconds. */
export interface StopTimes {
  /** Attempts go on. */
  readonly drainMs: number;
  /** Attempts are requested to end, then ended by force. */
  readonly graceMs: number;
  /** For the last reports, and again for closing the connection. */
  readonly leaveMs: number;
}

/** The parent process waits for `stopTimeout`, and after a second signal for `forceTimeout`; the worker needs a little less. */
const SHARE_OF_GRACE = 0.6;

export const stopTimesOf = ({ execution }: Config): StopTimes => {
  const { stopTimeout, forceTimeout } = execution;
  const graceMs = Math.round(forceTimeout * SHARE_OF_GRACE);
  return {
    drainMs: Math.max(0, stopTimeout - forceTimeout),
    graceMs,
    leaveMs: Math.round((forceTimeout - graceMs) / 2),
  };
};
