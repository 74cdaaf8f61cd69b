import { attemptGroup, groupHomes } from '../cgroup/attempt-group.ts';
import type { AttemptGroup, GroupHome } from '../cgroup/attempt-group.ts';
import { probeDeathSignal } from './death-signal.ts';
import type { DeathSignalPrefix } from './death-signal.ts';
import { statOf } from './procfs.ts';
import { probeMarker, startOf } from './run-mark.ts';
import type { Marker, RunMark } from './run-mark.ts';

/**
 * How all processes of an attempt are found again. The system is probed once, and all that it offers is used, because a process can escape
 * from each: from a cgroup as root, from the mark by lowering a limit, from the variable by `env -i`.
 */
export interface Containment {
  readonly deathSignal: DeathSignalPrefix;
  readonly home: GroupHome | undefined;
  readonly marker: Marker | undefined;
}

/** The processes of one attempt: a process group, and those that left it. */
export interface ProcessFamily {
  /** Process id of the command, and so the number of its group. */
  readonly group: number;
  readonly tag: string;
  readonly mark?: RunMark | undefined;
  /** Process ids of the attempt's cgroup. */
  readonly members?: (() => readonly number[]) | undefined;
}

/** The containment of one attempt. */
export interface Contained {
  /** The command prefix of its program. */
  readonly prefix: readonly string[];
  familyOf(pid: number): ProcessFamily;
  /** Removes its cgroup. Call it when its processes have ended. */
  dispose(): Promise<void>;
}

/** Looks for programs along `path`. `endWithWorker`: whether the kernel kills a command when this process dies. */
export const probeContainment = async (path: string, endWithWorker = true): Promise<Containment> => {
  const owner = { pid: process.pid, start: startOf(statOf(process.pid)?.startTicks ?? '0') };
  const [deathSignal, [home], marker] = await Promise.all([
    endWithWorker ? probeDeathSignal(path) : [],
    groupHomes(),
    probeMarker(path, owner),
  ]);
  return { deathSignal, home, marker };
};

/** By what processes are found, as a text. */
export const containmentText = ({ home, marker }: Containment): string =>
  [
    home?.kind,
    marker && 'a mark on their limits',
    process.platform === 'linux' ? 'their environment' : 'their process group alone',
  ]
    .filter((part) => part !== undefined)
    .join(', ');

/** `user`: the command prefix with which a program runs as another user. The kernel forgets the death signal of a process that changes its user. */
export const contained = async (
  { deathSignal, home, marker }: Containment,
  tag: string,
  user: readonly string[] = [],
): Promise<Contained> => {
  const group: AttemptGroup | undefined = home && (await attemptGroup(home, tag));
  const marking = marker?.(tag);
  return {
    prefix: [...(group?.prefix ?? []), ...(marking?.prefix ?? []), ...user, ...deathSignal],
    familyOf: (pid) => ({ group: pid, tag, mark: marking?.mark, members: group && (() => group.members()) }),
    dispose: async () => group?.remove(),
  };
};
