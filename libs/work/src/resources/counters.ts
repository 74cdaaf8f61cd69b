import type { ResourceSample } from './sample.ts';

/** CPU time of the whole machine since it started, in whatever unit. */
export interface CpuTimes {
  readonly busy: number;
  /** Idle, with something that waits for a disk. */
  readonly ioWait: number;
  readonly total: number;
}

/** A limit on CPU time that a group of processes has, and what it has used. */
export interface CpuQuota {
  /** Microseconds of CPU since the group began. */
  readonly usedUs: number;
  /** CPUs that it may use at once, such as 1.5. */
  readonly cpus: number;
}

/** What was read at one moment. */
export interface Counters {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly times: CpuTimes;
  /** By the name of the group. */
  readonly quotas: Readonly<Record<string, CpuQuota>>;
  /** Fractions in use. */
  readonly memory: number;
  readonly disk: number;
}

/** What happened between two readings. Where groups have limits, the tightest one counts as well as the whole machine. */
export const sampleBetween = (before: Counters, now: Counters): ResourceSample => {
  const total = now.times.total - before.times.total;
  const machine = shareOf(now.times.busy - before.times.busy, total);
  return {
    at: now.at,
    cpu: Math.max(machine, ...quotaShares(before, now)),
    // This is the only counter that may decrease.
    ioWait: shareOf(now.times.ioWait - before.times.ioWait, total),
    memory: shareOf(now.memory, 1),
    disk: shareOf(now.disk, 1),
  };
};

const quotaShares = (before: Counters, now: Counters): number[] =>
  Object.entries(now.quotas).map(([group, { usedUs, cpus }]) => {
    const since = usedUs - (before.quotas[group]?.usedUs ?? usedUs);
    return shareOf(since, (now.at - before.at) * 1_000 * cpus);
  });

const shareOf = (part: number, whole: number): number =>
  whole > 0 && Number.isFinite(part) ? Math.min(1, Math.max(0, part / whole)) : 0;
