import { namedNumber } from '../cgroup/named-number.ts';
import type { CpuTimes } from './counters.ts';

/** From the first eight fields of `cpu` in `/proc/stat`, of which the fourth is idle and the fifth iowait; guests are in user and nice already. */
export const cpuTimesOf = (stat: string): CpuTimes | undefined => {
  const line = /^cpu +(.+)$/m.exec(stat)?.[1];
  if (line === undefined) return undefined;
  const fields = line.split(' ').map(Number).slice(0, 8);
  const [idle = 0, ioWait = 0] = fields.slice(3);
  const total = fields.reduce((sum, ticks) => sum + ticks, 0);
  return { busy: total - idle - ioWait, ioWait, total };
};

/** From `/proc/meminfo`: what programs could not get without swapping, as a fraction. */
export const memoryShareOf = (meminfo: string): number | undefined => {
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(meminfo)?.[1]);
  const [total, available] = [kilobytes('MemTotal'), kilobytes('MemAvailable')];
  return total > 0 && available >= 0 ? 1 - available / total : undefined;
};

/** From `cpu.max` of a group: CPUs that it may use at once; `undefined` when it has no limit. */
export const quotaCpusOf = (text: string): number | undefined => {
  const [quota, period] = text.trim().split(' ').map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
};

/** Of a group with a limit: what it uses without the file cache that could be dropped at once, as a fraction. */
export const groupMemoryShareOf = (max: string, current: string, stat: string): number | undefined => {
  const limit = Number(max);
  // Without a limit the text is `max`, which is no number.
  if (!(limit > 0)) return undefined;
  return Math.max(0, Number(current) - (namedNumber(stat, 'inactive_file') ?? 0)) / limit;
};
