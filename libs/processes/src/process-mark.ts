import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './files.ts';

/**
 * Tells one process from all others, also from a later one with the same number. `started` and `boot` are empty where the
 * system has no /proc.
 */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks from boot until the process started. */
  readonly started: string;
  /** The id of the boot that those ticks count from. */
  readonly boot: string;
}

/** The mark of a living process; `undefined` when there is none with this number. A zombie is dead: it holds nothing. */
export const markOf = (pid: number): ProcessMark | undefined => {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return signalReaches(pid) ? { pid, started: '', boot: '' } : undefined;
  // The second field is the name in brackets, and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, started: fields[19] ?? '', boot: readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '' };
};

export const isAlive = (mark: ProcessMark): boolean => {
  const now = markOf(mark.pid);
  return now !== undefined && now.started === mark.started && now.boot === mark.boot;
};

const readProc = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const signalReaches = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, ['EPERM']);
  }
};

/** The command line of a living process, its arguments separated by spaces; empty when it cannot be read. */
export const commandLineOf = (pid: number): string => {
  const raw = readProc(`/proc/${pid}/cmdline`);
  if (raw !== undefined) return raw.replaceAll('\0', ' ').trim();
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return '';
  }
};

const POLL_MS = 20;

/**
 * Ends a process that is not our child: SIGTERM, and SIGKILL after `limitMs`. Resolves when it is gone. It is looked at every
 * 20 ms, because a system tells only a parent when a process ends.
 */
export const endProcess = async (mark: ProcessMark, limitMs: number): Promise<void> => {
  const deadline = performance.now() + limitMs;
  sendSignal(mark.pid, 'SIGTERM');
  while (isAlive(mark)) {
    if (performance.now() > deadline) sendSignal(mark.pid, 'SIGKILL');
    await delay(POLL_MS);
  }
};

/** A signal to a process that may be gone by now; a negative number is a process group. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended: what the signal asked for has happened.
  }
};
