import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, sleep } from '@precedent/kernel';
import { GROUP_PREFIX, removeGroup } from './attempt-group.ts';
import { namedNumber } from './named-number.ts';
import { ownCgroup, readTextFile } from './own-cgroup.ts';

/** A group of processes that the kernel freezes and thaws, which they can neither notice nor prevent. */
export interface FreezerGroup {
  /** Moves the processes into the group, also those that they start meanwhile, and freezes them. `false` when the system refuses it. */
  freeze(members: () => readonly number[]): Promise<boolean>;
  thaw(): Promise<void>;
  /** Thaws the processes in the group, and removes it when it is empty. */
  remove(): Promise<void>;
}

const ROUNDS_MAX = 50;
const FROZEN_MS = 2_000;
const POLL_MS = 5;

/** A group below that of the worker, which is made at its first use. `name` is unique on this machine. */
export const freezerGroup = (name: string, own = ownCgroup): FreezerGroup => {
  let made: Promise<string | undefined> | undefined;
  const make = async (): Promise<string | undefined> => {
    const home = await own();
    if (home === undefined) return undefined;
    const dir = join(home.dir, GROUP_PREFIX + name);
    // It exists when the attempt was started in it.
    return (await mkdir(dir).then(yes, isThere)) ? dir : undefined;
  };
  const set = async (frozen: boolean): Promise<boolean> => {
    const dir = await made;
    return dir !== undefined && (await put(join(dir, 'cgroup.freeze'), frozen ? '1' : '0'));
  };
  return {
    freeze: async (members) => {
      made ??= make();
      const dir = await made;
      // The state is set first: a process that enters is frozen at once, and starts no others.
      if (dir === undefined || !(await set(true))) return false;
      if ((await moveIn(dir, members)) && (await isFrozen(dir))) return true;
      await set(false);
      return false;
    },
    thaw: async () => void (await set(false)),
    remove: async () => {
      await set(false);
      const dir = await made;
      if (dir !== undefined) await removeGroup(dir);
    },
  };
};

/** Moves processes until there are no new ones. `false` when a living process may not be moved. */
const moveIn = async (dir: string, members: () => readonly number[]): Promise<boolean> => {
  const taken = new Set<number>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const others = members().filter((pid) => !taken.has(pid));
    if (others.length === 0) return true;
    for (const pid of others) {
      taken.add(pid);
      if (!(await put(join(dir, 'cgroup.procs'), String(pid))) && members().includes(pid)) return false;
    }
  }
  return false;
};

/** A process in the middle of a disk access is frozen a little later. */
const isFrozen = async (dir: string): Promise<boolean> => {
  const deadline = performance.now() + FROZEN_MS;
  for (;;) {
    const events = (await readTextFile(join(dir, 'cgroup.events'))) ?? '';
    if (namedNumber(events, 'frozen') === 1) return true;
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
};

const yes = (): boolean => true;
const no = (): boolean => false;
const isThere = (error: unknown): boolean => errorCode(error) === 'EEXIST';
const put = (path: string, text: string): Promise<boolean> => writeFile(path, text).then(yes, no);
