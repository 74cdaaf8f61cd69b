import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { sendSignal } from './process-group.ts';
import { lastProcessId, processIds, statOf, variableOf } from './procfs.ts';
import type { ProcessStat } from './procfs.ts';

/** The variable that every process of an attempt inherits, also one that left its process group. */
export const RUN_VARIABLE = 'PRECEDENT_RUN';

/** The process that runs attempts: its pid namespace, its number in it, and when it started. */
interface Owner {
  readonly space: string;
  readonly pid: number;
  readonly startTicks: string;
}

const pidSpace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '0';
  }
};

/** A tag for one attempt: `<pid namespace>.<pid of the worker>.<its start>.<unique>`. */
export const newRunTag = (unique: string = randomUUID()): string =>
  [pidSpace(), process.pid, statOf(process.pid)?.startTicks ?? '0', unique].join('.');

/** The owner that a tag names; `undefined` for a text that is not a tag. */
export const ownerOf = (tag: string): Owner | undefined => {
  const [, space, pid, startTicks] = /^(\d+)\.(\d+)\.(\d+)\.[\w-]+$/.exec(tag) ?? [];
  if (space === undefined || pid === undefined || startTicks === undefined) return undefined;
  return { space, pid: Number(pid), startTicks };
};

/**
 * The living processes that carry a tag. Those with a lower number than `from` are older than the attempt, unless the
 * counter has begun again, and reading every environment of a large machine for each attempt would be dear.
 */
export const holdersOf = (tag: string, from: number): ProcessStat[] => {
  const wrapped = lastProcessId() < from;
  return processIds()
    .filter((pid) => (wrapped || pid >= from) && variableOf(pid, RUN_VARIABLE) === tag)
    .map(statOf)
    .filter((stat) => stat !== undefined);
};

/**
 * Ends every process of an attempt whose worker is dead (killed by -9, or by a lack of memory), and returns them. Call it
 * when a worker starts. Attempts of living workers, of other containers and of other users are left alone.
 */
export const sweepOrphans = (): ProcessStat[] => {
  const space = pidSpace();
  const spared = new Set(ancestors(process.pid));
  return processIds()
    .filter((pid) => !spared.has(pid) && isOrphan(variableOf(pid, RUN_VARIABLE), space))
    .map(statOf)
    .filter((stat) => stat !== undefined)
    .filter((stat) => sendSignal(stat.pid, 'SIGKILL') === 'sent');
};

/** Whether the worker that gave out a tag was one of this machine (or container), and is dead. */
export const isAbandoned = (tag: string): boolean => isOrphan(tag, pidSpace());

const isOrphan = (tag: string | undefined, space: string): boolean => {
  const owner = tag === undefined ? undefined : ownerOf(tag);
  return owner !== undefined && owner.space === space && statOf(owner.pid)?.startTicks !== owner.startTicks;
};

/** A worker may itself be started by a command: it must not end itself, nor those above it. */
const ancestors = (pid: number): number[] => {
  const stat = pid > 0 ? statOf(pid) : undefined;
  return stat === undefined ? [pid] : [pid, ...ancestors(stat.parent)];
};
