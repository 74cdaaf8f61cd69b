import { startTimer } from '@precedent/kernel';
import { childrenOf, memoryOf } from './procfs.ts';

export interface PeakMemory {
  /** The most that was seen, in MiB; `undefined` when it ended before the first look, or where there is no `/proc`. */
  end(): number | undefined;
}

/** A command that is over sooner is not worth a look. Milliseconds. */
const FIRST_MS = 100;
const EVERY_MS = 1_000;
/** Of one command, at most: a look costs two small files each. */
const PROCESSES_MAX = 64;
const KIB_PER_MIB = 1024;

/**
 * Looks now and then at what a command and its descendants hold. Each process tells its own highest; of several the sum at one look
 * counts, so a short common peak between two looks may be missed. Memory that processes share is counted for each.
 */
export const watchPeakMemory = (pid: number): PeakMemory => {
  let peakKib = 0;
  let pauseMs = FIRST_MS;
  const look = (): void => {
    peakKib = Math.max(peakKib, heldKib(pid));
    pauseMs = Math.min(EVERY_MS, pauseMs * 2);
    timer = startTimer(pauseMs, look).unref();
  };
  let timer = startTimer(FIRST_MS, look).unref();
  return {
    end: () => {
      timer.cancel();
      return peakKib === 0 ? undefined : Math.ceil(peakKib / KIB_PER_MIB);
    },
  };
};

/** The present sum of a family, or the highest of any of them if that is more. */
const heldKib = (root: number): number => {
  const family = [root];
  for (let at = 0; at < family.length && family.length < PROCESSES_MAX; at++)
    family.push(...childrenOf(family[at] ?? 0));
  const held = family.slice(0, PROCESSES_MAX).flatMap((pid) => memoryOf(pid) ?? []);
  const sum = held.reduce((total, { nowKib }) => total + nowKib, 0);
  return Math.max(sum, ...held.map(({ peakKib }) => peakKib));
};
