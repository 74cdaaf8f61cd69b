import { readFileSync, readdirSync } from 'node:fs';

/** What `/proc` says of one process. */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  /** `Z` and `X` are dead: they hold nothing but their number. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks from boot until it started; with the pid it names one process for ever. */
  readonly startTicks: string;
}

/** The text of one file of `/proc`; `undefined` when the process is gone, is another user's, or there is no `/proc`. */
const readProc = (path: string): string | undefined => {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return undefined;
  }
};

/** A process that is alive; `undefined` for one that has ended, zombies included. */
export const statOf = (pid: number): ProcessStat | undefined => {
  const text = readProc(`${pid}/stat`);
  if (text === undefined) return undefined;
  const stat = parseStat(pid, text);
  return stat.state === 'Z' || stat.state === 'X' ? undefined : stat;
};

/** The second field is the name in brackets, and may itself hold brackets and spaces. */
export const parseStat = (pid: number, text: string): ProcessStat => {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: fields[19] ?? '',
  };
};

/** Every process number of this machine (or of this container); empty where there is no `/proc`. */
export const processIds = (): number[] => {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
};

/** The value of a variable in the environment that a process was started with. */
export const variableOf = (pid: number, name: string): string | undefined => {
  const environ = readProc(`${pid}/environ`);
  if (environ === undefined) return undefined;
  const entry = `\0${environ}`.split(`\0${name}=`)[1];
  return entry?.split('\0')[0];
};

/** The limit of realtime CPU time of a process, in microseconds or `unlimited`; also that of another user's process. */
export const realtimeLimitOf = (
  pid: number,
): { readonly soft: string; readonly hard: string } | undefined => {
  const [, soft, hard] = /^Max realtime timeout +(\w+) +(\w+)/m.exec(readProc(`${pid}/limits`) ?? '') ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
};

/** The process id that was assigned last, which shows whether the counter has wrapped around. */
export const lastProcessId = (): number => Number(readProc('loadavg')?.trim().split(' ')[4] ?? 0);

/** Resident memory of a process, now and at its highest. `undefined` when it is gone. */
export const memoryOf = (pid: number): { readonly nowKib: number; readonly peakKib: number } | undefined => {
  const text = readProc(`${pid}/status`);
  const [, peak] = /^VmHWM:\s*(\d+) kB$/m.exec(text ?? '') ?? [];
  const [, now] = /^VmRSS:\s*(\d+) kB$/m.exec(text ?? '') ?? [];
  return peak === undefined || now === undefined ? undefined : { nowKib: Number(now), peakKib: Number(peak) };
};

/** Children that the first thread of a process has started; empty when the kernel does not list them. */
export const childrenOf = (pid: number): number[] =>
  (readProc(`${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
