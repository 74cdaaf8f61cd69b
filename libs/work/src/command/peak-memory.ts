import { startTimer } from '@precedent/kernel';
import { childrenOf, memoryOf } from './procfs.ts';

export interface PeakMemory {
  /** The highest sample, in MiB; `undefined` when the command ended before the first one, or without a `/proc`. */
  end(): number | undefined;
}

/** A shorter command is not sampled. Milliseconds. */
const FIRST_MS = 100;
const EVERY_MS = 1_000;
/** Processes of one command, at most: a sample reads two small files for each. */
const PROCESSES_MAX = 64;
const KIB_PER_MIB = 1024;

/**
 * Samples the memory of a command and its descendants. For each process the kernel knows its own peak; for several the sum of one sample counts,
 * so a short common peak between two samples may be missed. Memory that processes share is counted for each.
 */
export const watchPeakMemory = (pid: number): PeakMemory => {
  let peakKib = 0;
  let pauseMs = FIRST_MS;
  const sample = (): void => {
    peakKib = Math.max(peakKib, heldKib(pid));
    pauseMs = Math.min(EVERY_MS, pauseMs * 2);
    timer = startTimer(pauseMs, sample).unref();
  };
  let timer = startTimer(FIRST_MS, sample).unref();
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
