import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: a constant of the kernel's interface to programs. */
const TICKS_PER_S = 100;

/** Resident memory of a process, in bytes. Throws where there is no /proc: these benchmarks need Linux. */
export const rssOf = (pid: number): number => statusBytes(pid, 'VmRSS');

/** Resident memory of a process that is its own: without pages of mapped files, which the kernel takes back when it needs them. Bytes. */
export const anonymousOf = (pid: number): number => statusBytes(pid, 'RssAnon');

/** Resident pages of mapped files, in bytes; holes of sparse files count as well. */
export const mappedOf = (pid: number): number => statusBytes(pid, 'RssFile');

const statusBytes = (pid: number, field: string): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kb = new RegExp(String.raw`^${field}:\s+(\d+) kB`, 'm').exec(status)?.[1];
  if (kb === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kb) * 1024;
};

/**
 * Resident memory of a process in which a page that several processes share counts in parts (PSS), in bytes: the sum over processes is what they
 * take together.
 */
export const pssOf = (pid: number): number => {
  const kb = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  if (kb === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kb) * 1024;
};

/** CPU time that a process has used in all its threads, in milliseconds, to the nearest 10. */
export const cpuMsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in brackets, and may itself hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_S) * 1_000;
};

/** What each named process uses from now on, in milliseconds of CPU. */
export const cpuMeter = (pids: Readonly<Record<string, number>>): (() => Record<string, number>) => {
  const before = new Map(Object.entries(pids).map(([name, pid]) => [name, cpuMsOf(pid)]));
  return () =>
    Object.fromEntries(
      Object.entries(pids).map(([name, pid]) => [name, cpuMsOf(pid) - (before.get(name) ?? 0)]),
    );
};
