import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { hash53 } from '@precedent/kernel';
import { findProgram } from './find-program.ts';
import { realtimeLimitOf } from './procfs.ts';

/**
 * A mark on every process of an attempt that survives `setsid`, a double fork and `env -i`: its limit of realtime CPU time
 * (RLIMIT_RTTIME), which `fork` and `exec` hand on. The values are tens of thousands of years in microseconds, so nothing is limited.
 * The soft limit names the attempt, the hard one its worker. A process may lower its own limits: that takes intent.
 */
export interface RunMark {
  /** As `/proc/<pid>/limits` has it. */
  readonly soft: string;
  readonly hard: string;
}

/** Below a worker that is itself run by a task the limits have to be lower ones. */
const LEVELS = 3;
const OWNER_BITS = [62n, 60n, 58n];
const RUN_BITS = [61n, 59n, 57n];
/** Clock ticks of a process's start are kept modulo this many bits: 21 years. */
const START_BITS = 36n;

/** The worker that a hard limit names. */
export interface MarkedOwner {
  readonly pid: number;
  /** Modulo 2^36, as `startOf` gives it. */
  readonly start: bigint;
}

export const startOf = (startTicks: string): bigint => BigInt.asUintN(Number(START_BITS), BigInt(startTicks));

/** The owner of a marked process; `undefined` for a limit that is no mark. */
export const markedOwnerOf = (hard: string): MarkedOwner | undefined => {
  const bits = OWNER_BITS[levelOf(hard) ?? LEVELS];
  if (bits === undefined) return undefined;
  const value = BigInt(hard) ^ (1n << bits);
  return { pid: Number(value >> START_BITS), start: startOf(String(value)) };
};

/** Which level of marks a hard limit is of; `undefined`: none. */
const levelOf = (hard: string): number | undefined => {
  if (!/^\d+$/.test(hard)) return undefined;
  const level = OWNER_BITS.findIndex((bits) => BigInt(hard) >> bits === 1n);
  return level < 0 ? undefined : level;
};

/** The level of marks that this process can put on others; `undefined` where its own limit leaves no room. */
const ownLevel = (hard: string | undefined): number | undefined => {
  if (hard === undefined) return undefined;
  if (hard === 'unlimited') return 0;
  const level = levelOf(hard);
  return level === undefined || level + 1 >= LEVELS ? undefined : level + 1;
};

/** The mark of an attempt, by its tag and the worker that runs it. */
export const markOf = (tag: string, owner: MarkedOwner, level: number): RunMark => {
  const [ownerBits = 62n, runBits = 61n] = [OWNER_BITS[level], RUN_BITS[level]];
  const named = (BigInt(owner.pid) << START_BITS) | owner.start;
  return { soft: String((1n << runBits) | BigInt(hash53(tag))), hard: String((1n << ownerBits) | named) };
};

/** Puts a mark on a program: what stands before it. */
export interface Marking {
  readonly mark: RunMark;
  readonly prefix: readonly string[];
}

/** Marks attempts of this worker, by `prlimit` of util-linux. */
export type Marker = (tag: string) => Marking;

/**
 * Finds out whether processes can be marked here: on Linux with `prlimit`, which is looked for along `path`. The mark of a program
 * that shows its limits is read back.
 */
export const probeMarker = async (path: string, owner: MarkedOwner): Promise<Marker | undefined> => {
  const level = ownLevel(realtimeLimitOf(process.pid)?.hard);
  const prlimit = await findProgram('prlimit', path, '/').catch(() => undefined);
  if (level === undefined || prlimit === undefined) return undefined;
  const marker: Marker = (tag) => {
    const mark = markOf(tag, owner, level);
    return { mark, prefix: [prlimit, `--rttime=${mark.soft}:${mark.hard}`, '--'] };
  };
  const { mark, prefix } = marker('probe');
  const shown = await outputOf([...prefix, 'cat', '/proc/self/limits']);
  return shown.includes(mark.soft) && shown.includes(mark.hard) ? marker : undefined;
};

const outputOf = ([file = '', ...args]: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(text));
  });

/** The number of the pid namespace of a process; `undefined` when it is gone, or another user's. */
export const pidSpaceOf = (pid: number | 'self'): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`).replaceAll(/\D/g, '');
  } catch {
    return undefined;
  }
};
