import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, sleep } from '@precedent/kernel';
import { ownCgroup } from './own-cgroup.ts';

/** A cgroup in which one attempt starts. All descendants of its processes are in it too, also in other process groups and sessions. */
export interface AttemptGroup {
  /** The command prefix with which a program starts in the group, or outside of it when it may not enter. */
  readonly prefix: readonly string[];
  /** Process ids, also of groups below it. */
  members(): number[];
  /** Removes it, and what is below it. */
  remove(): Promise<void>;
}

/** The folder in which the groups of attempts are made. */
export interface GroupHome {
  readonly dir: string;
  /** For people: `cgroup v2`, `cgroup v1 (pids)`. */
  readonly kind: string;
}

export const GROUP_PREFIX = 'precedent-';
const REMOVE_TRIES = 40;
const POLL_MS = 5;
const SHELL = '/bin/sh';
/** The shell enters the group, and becomes the program. */
const ENTER = '{ echo $$ >"$0/cgroup.procs"; } 2>/dev/null; exec "$@"';

/** Hierarchies of the old kind that nearly every system mounts, and that limit nothing by themselves. */
const CONTROLLERS = [undefined, 'pids', 'freezer', 'name=systemd'];

/** Every hierarchy in which this worker may make groups below its own, the best first. */
export const groupHomes = async (): Promise<GroupHome[]> => {
  const homes: GroupHome[] = [];
  for (const controller of CONTROLLERS) {
    const dir = (await ownCgroup(undefined, controller))?.dir;
    if (dir === undefined || !(await isWritable(dir))) continue;
    homes.push({ dir, kind: controller === undefined ? 'cgroup v2' : `cgroup v1 (${controller})` });
  }
  return homes;
};

const isWritable = async (dir: string): Promise<boolean> => {
  // Two probes of one process must not collide.
  const trial = join(dir, `${GROUP_PREFIX}probe-${randomUUID()}`);
  const made = await mkdir(trial).then(yes, no);
  return made && (await rmdir(trial).then(yes, no));
};

/** Makes the group of an attempt; `undefined` where it cannot be made. `name` is unique on this machine. */
export const attemptGroup = async (home: GroupHome, name: string): Promise<AttemptGroup | undefined> => {
  const dir = join(home.dir, GROUP_PREFIX + name);
  if (!(await mkdir(dir).then(yes, no))) return undefined;
  return {
    prefix: [SHELL, '-c', ENTER, dir],
    members: () => membersIn(dir),
    remove: () => removeGroup(dir),
  };
};

/** The groups of attempts below a folder, with the names of the attempts. */
export const groupsIn = (home: GroupHome): { readonly name: string; readonly dir: string }[] =>
  namesIn(home.dir)
    .filter((name) => name.startsWith(GROUP_PREFIX))
    .map((name) => ({ name: name.slice(GROUP_PREFIX.length), dir: join(home.dir, name) }));

/** Processes of a group and of those below it, as this pid namespace numbers them. */
export const membersIn = (dir: string): number[] => [
  ...readText(join(dir, 'cgroup.procs'))
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0),
  ...namesIn(dir).flatMap((name) => membersIn(join(dir, name))),
];

/** A process that has ended leaves its group a moment later. */
export const removeGroup = async (dir: string): Promise<void> => {
  for (const name of namesIn(dir)) await removeGroup(join(dir, name));
  for (let tries = 0; tries < REMOVE_TRIES; tries++) {
    if (await rmdir(dir).then(yes, isMissing)) return;
    await sleep(POLL_MS);
  }
};

/** Lets the processes of a frozen group (v2) go on, so that they can end. */
export const thawGroup = (dir: string): Promise<void> =>
  writeFile(join(dir, 'cgroup.freeze'), '0').catch(() => undefined);

const namesIn = (dir: string): string[] => {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

const yes = (): boolean => true;
const no = (): boolean => false;
const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT';
