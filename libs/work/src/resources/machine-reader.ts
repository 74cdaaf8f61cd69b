import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { namedNumber } from '../cgroup/named-number.ts';
import { ownCgroup, readTextFile } from '../cgroup/own-cgroup.ts';
import type { ReadText } from '../cgroup/own-cgroup.ts';
import type { Counters, CpuQuota, CpuTimes } from './counters.ts';
import { cpuTimesOf, groupMemoryShareOf, memoryShareOf, quotaCpusOf } from './proc-texts.ts';

/** Reads what the machine counts. */
export type ResourceReader = (at: number) => Promise<Counters>;

/** Blocks of a file system. */
export interface DiskBlocks {
  readonly blocks: number;
  /** Free at all. */
  readonly bfree: number;
  /** Free for everybody. */
  readonly bavail: number;
}

export interface MachineReaderOptions {
  /** A path on the disk that may fill up: the worker's data folder. It need not exist yet. */
  readonly diskPath: string;
  /** How a file of `/proc` or of a cgroup is read. */
  readonly read?: ReadText;
  readonly disk?: (path: string) => Promise<DiskBlocks>;
}

/**
 * Linux: `/proc` and, where a container or a service has limits, cgroup v2. Elsewhere what Node knows: no I/O wait then.
 * It never fails; what cannot be read counts as unused.
 */
export const machineReader = (options: MachineReaderOptions): ResourceReader => {
  const { diskPath, read = readTextFile, disk = statfs } = options;
  return async (at) => {
    const groups = (await ownCgroup(read))?.path ?? [];
    const [times, quotas, memory, diskShare] = await Promise.all([
      cpuTimes(read),
      quotasOf(groups, read),
      memoryUse(groups, read),
      diskUse(diskPath, disk),
    ]);
    return { at, times, quotas, memory, disk: diskShare };
  };
};

const cpuTimes = async (read: ReadText): Promise<CpuTimes> =>
  cpuTimesOf((await read('/proc/stat')) ?? '') ?? portableTimes();

const portableTimes = (): CpuTimes => {
  const [busy, idle] = cpus().reduce(
    ([used, unused], { times }) => [
      used + times.user + times.nice + times.sys + times.irq,
      unused + times.idle,
    ],
    [0, 0],
  );
  return { busy, ioWait: 0, total: busy + idle };
};

const quotasOf = async (groups: readonly string[], read: ReadText): Promise<Record<string, CpuQuota>> => {
  const found = await Promise.all(groups.map((dir) => quotaOf(dir, read)));
  return Object.fromEntries(found.flat());
};

const quotaOf = async (dir: string, read: ReadText): Promise<[string, CpuQuota][]> => {
  const limit = quotaCpusOf((await read(join(dir, 'cpu.max'))) ?? '');
  if (limit === undefined) return [];
  const usedUs = namedNumber((await read(join(dir, 'cpu.stat'))) ?? '', 'usage_usec');
  return usedUs === undefined ? [] : [[dir, { usedUs, cpus: limit }]];
};

/** The machine as a whole, or a group on the way to us that is nearer to its limit. */
const memoryUse = async (groups: readonly string[], read: ReadText): Promise<number> => {
  const machine = memoryShareOf((await read('/proc/meminfo')) ?? '') ?? 1 - freemem() / totalmem();
  const limited = await Promise.all(groups.map((dir) => groupMemoryUse(dir, read)));
  return Math.max(machine, ...limited);
};

const groupMemoryUse = async (dir: string, read: ReadText): Promise<number> => {
  const names = ['memory.max', 'memory.current', 'memory.stat'];
  const [max = '', current = '', stat = ''] = await Promise.all(names.map((name) => read(join(dir, name))));
  return groupMemoryShareOf(max, current, stat) ?? 0;
};

/** As `df` shows it: what only root could still write counts for neither side. */
const diskUse = async (path: string, disk: (path: string) => Promise<DiskBlocks>): Promise<number> => {
  const found = await disk(path).catch(() => undefined);
  if (found === undefined) return dirname(path) === path ? 0 : await diskUse(dirname(path), disk);
  const used = found.blocks - found.bfree;
  const whole = used + found.bavail;
  return whole > 0 ? used / whole : 0;
};
