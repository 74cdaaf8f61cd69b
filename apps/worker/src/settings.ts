import type { WorkerOptions } from '@precedent/client';
import type { Config } from '@precedent/config';
import { LIMITS } from '@precedent/contracts';
import { cutText, hash53 } from '@precedent/kernel';
import { logBytesOf } from './handlers.ts';

const NAME_CHARS_MAX = 64;
const MARK_CHARS = 6;

/**
 * A name that a restarted worker has again, so that its new session ends the old one at once: the host and a mark of the
 * data folder. Two workers with one data folder on one host need names of their own.
 */
export const defaultName = (host: string, dataDir: string): string => {
  const mark = hash53(dataDir).toString(36).padStart(MARK_CHARS, '0').slice(-MARK_CHARS);
  const word = cutText(host.replaceAll(/[^A-Za-z0-9_-]+/g, '-'), NAME_CHARS_MAX - MARK_CHARS - 1);
  return `${word}-${mark}`;
};

/** What the worker offers, without its handlers. */
export const offerOf = (
  { worker, execution }: Config,
  name: string,
): Pick<
  WorkerOptions,
  'name' | 'types' | 'suspends' | 'slots' | 'express' | 'pools' | 'labels' | 'logBytes'
> => ({
  name,
  types: worker.types,
  // Of what is built in, only processes can be frozen.
  suspends: ['command'],
  slots: execution.maxConcurrent,
  express: expressOf(execution),
  pools: worker.pools,
  labels: worker.labels,
  logBytes: logBytesOf(worker),
});

/** With the slots no more than a worker may have. */
const expressOf = ({ maxConcurrent, expressPercent }: Config['execution']): number =>
  Math.min(Math.ceil((maxConcurrent * expressPercent) / 100), LIMITS.slotsPerWorker - maxConcurrent);

/** How long each step of a stop may take. Milliseconds. */
export interface StopTimes {
  /** Attempts go on. */
  readonly drainMs: number;
  /** Attempts are requested to end, then ended by force. */
  readonly graceMs: number;
  /** For the last reports, and again for closing the connection. */
  readonly leaveMs: number;
}

/** The parent process waits for `stopTimeout`, and after a second signal for `forceTimeout`: the worker is gone a little before. */
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
