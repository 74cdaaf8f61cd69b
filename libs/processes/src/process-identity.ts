import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { sleep } from '@precedent/kernel';
import { hasCode } from './files.ts';

/**
 * Distinguishes a process from all others, also from a later one with the same process id. `started` and `boot` are empty where the
 * system has no /proc.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot until the process started. */
  readonly started: string;
  /** The id of the boot that those ticks count from. */
  readonly boot: string;
}

/** The identity of a living process; `undefined` when no process has this id. A zombie counts as dead: it holds nothing. */
export const identityOf = (pid: number): ProcessIdentity | undefined => {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return signalReaches(pid) ? { pid, started: '', boot: '' } : undefined;
  // The second field is the name in brackets, and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, started: fields[19] ?? '', boot: readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '' };
};

export const isAlive = (identity: ProcessIdentity): boolean => {
  const now = identityOf(identity.pid);
  return now !== undefined && now.started === identity.started && now.boot === identity.boot;
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
export const processCommandLine = (pid: number): string => {
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
 * Ends a process that is not our child: SIGTERM, and SIGKILL after `limitMs`. Resolves when it is gone. It is polled every 20 ms,
 * because the system reports the end of a process to its parent only.
 */
export const endProcess = async (identity: ProcessIdentity, limitMs: number): Promise<void> => {
  const deadline = performance.now() + limitMs;
  signalIfAlive(identity.pid, 'SIGTERM');
  while (isAlive(identity)) {
    if (performance.now() > deadline) signalIfAlive(identity.pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
};

/** A signal to a process that may be gone by now; a negative number is a process group. */
export const signalIfAlive = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended already.
  }
};
