import { randomUUID } from 'node:crypto';
import type { ProcessFamily } from './containment.ts';
import { sendSignal } from './process-group.ts';
import { lastProcessId, processIds, realtimeLimitOf, statOf, variableOf } from './procfs.ts';
import type { ProcessStat } from './procfs.ts';
import { markedOwnerOf, pidSpaceOf, startOf } from './run-mark.ts';

/** The variable that every process of an attempt inherits, also one that left its process group. */
export const RUN_VARIABLE = 'PRECEDENT_RUN';

/** The process that runs attempts: its pid namespace, its number in it, and when it started. */
interface Owner {
  readonly space: string;
  readonly pid: number;
  readonly startTicks: string;
}

const pidSpace = (): string => pidSpaceOf('self') ?? '0';

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
 * The living processes of an attempt: those in its cgroup, and those that carry its mark or its tag. Processes with a lower
 * number than its first one are older, unless the counter has wrapped around. They are skipped, because reading the environments of all
 * processes for each attempt would cost too much.
 */
export const livingProcessesOf = ({ tag, group, mark, members }: ProcessFamily): ProcessStat[] => {
  const wrapped = lastProcessId() < group;
  const isMarked = (pid: number): boolean => {
    const limit = mark && realtimeLimitOf(pid);
    return limit !== undefined && limit.soft === mark?.soft && limit.hard === mark.hard;
  };
  const carriers = processIds().filter(
    (pid) => (wrapped || pid >= group) && (isMarked(pid) || variableOf(pid, RUN_VARIABLE) === tag),
  );
  return [...new Set([...(members?.() ?? []), ...carriers])].map(statOf).filter((stat) => stat !== undefined);
};

/**
 * Ends every process of an attempt whose worker is dead (killed by -9, or for lack of memory), and returns them. Call it when a worker
 * starts. Attempts of living workers, of other containers and of other users are not touched.
 */
export const sweepOrphans = (): ProcessStat[] => {
  const space = pidSpace();
  const own = new Set(ancestors(process.pid));
  return processIds()
    .filter((pid) => !own.has(pid))
    .filter((pid) => isOrphan(variableOf(pid, RUN_VARIABLE), space) || isMarkedOrphan(pid, space))
    .map(statOf)
    .filter((stat) => stat !== undefined)
    .filter((stat) => sendSignal(stat.pid, 'SIGKILL') === 'sent');
};

/** Whether a process has the mark of a worker of its own pid namespace, ours, that is dead. */
const isMarkedOrphan = (pid: number, space: string): boolean => {
  const owner = markedOwnerOf(realtimeLimitOf(pid)?.hard ?? '');
  if (owner === undefined || pidSpaceOf(pid) !== space) return false;
  const stat = statOf(owner.pid);
  return stat === undefined || startOf(stat.startTicks) !== owner.start;
};

/** Whether the worker that made a tag ran on this machine (or in this container), and is dead. */
export const isAbandoned = (tag: string): boolean => isOrphan(tag, pidSpace());

const isOrphan = (tag: string | undefined, space: string): boolean => {
  const owner = tag === undefined ? undefined : ownerOf(tag);
  return owner !== undefined && owner.space === space && statOf(owner.pid)?.startTicks !== owner.startTicks;
};

/** A worker may itself be started by a command: it must not end itself or its ancestors. */
const ancestors = (pid: number): number[] => {
  const stat = pid > 0 ? statOf(pid) : undefined;
  return stat === undefined ? [pid] : [pid, ...ancestors(stat.parent)];
};
