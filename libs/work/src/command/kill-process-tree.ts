import { sleep } from '@precedent/kernel';
import type { ProcessFamily } from './containment.ts';
import { isGroupAlive, membersOf, sendSignal } from './process-group.ts';
import { statOf } from './procfs.ts';
import type { ProcessStat } from './procfs.ts';
import { livingProcessesOf } from './run-tag.ts';

export interface KillTimes {
  /** Milliseconds in which the remaining processes may end by themselves (the last reader of a pipe, for instance). */
  readonly naturalMs: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Milliseconds after SIGKILL until the remaining processes are given up: they belong to another user, or hang in the kernel. */
  readonly forceMs: number;
}

export interface KillReport {
  /** Those that had to be signalled. */
  readonly ended: readonly ProcessStat[];
  /** Those that are still there. */
  readonly stuck: readonly ProcessStat[];
}

const POLL_MS_MIN = 1;
const POLL_MS_MAX = 20;

/** Ends the remaining processes of a command: waits, sends SIGTERM, then SIGKILL. Resolves when none is left, or after the three times together. */
export const killProcessTree = async (family: ProcessFamily, times: KillTimes): Promise<KillReport> => {
  if (await endsWithin(family, times.naturalMs)) return { ended: [], stuck: [] };
  const ended = survivorsOf(family);
  signalFamily(family, 'SIGTERM');
  if (await endsWithin(family, times.graceMs)) return { ended, stuck: [] };
  const deadline = performance.now() + times.forceMs;
  do signalFamily(family, 'SIGKILL');
  while (!(await endsWithin(family, POLL_MS_MAX)) && performance.now() < deadline);
  return { ended, stuck: survivorsOf(family) };
};

/** Sends a signal to the group and to the processes that left it. */
export const signalFamily = (family: ProcessFamily, signal: NodeJS.Signals): void => {
  sendSignal(-family.group, signal);
  for (const escaped of escapedFrom(family)) sendSignal(escaped.pid, signal);
};

const escapedFrom = (family: ProcessFamily): ProcessStat[] =>
  livingProcessesOf(family).filter((stat) => stat.group !== family.group);

/** Those of the family that are alive. */
export const survivorsOf = (family: ProcessFamily): ProcessStat[] => [
  ...(isGroupAlive(family.group) ? membersOf(family.group) : []),
  ...escapedFrom(family),
];

/**
 * The system notifies only the parent of a process, and these are not our children, so they are polled at growing intervals. The search for
 * escaped processes costs most: it runs when the group is gone and the ones found before have ended.
 */
const endsWithin = async (family: ProcessFamily, ms: number): Promise<boolean> => {
  const deadline = performance.now() + ms;
  let escaped: ProcessStat[] = [];
  for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(pollMs * 2, POLL_MS_MAX)) {
    escaped = escaped.filter(({ pid, startTicks }) => statOf(pid)?.startTicks === startTicks);
    if (escaped.length === 0 && !isGroupAlive(family.group)) {
      escaped = escapedFrom(family);
      if (escaped.length === 0) return true;
    }
    if (performance.now() >= deadline) return false;
    await sleep(pollMs);
  }
};
