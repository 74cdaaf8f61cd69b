import { sleep } from '@precedent/kernel';
import { freezerGroup } from '../cgroup/freezer.ts';
import type { FreezerGroup } from '../cgroup/freezer.ts';
import { signalFamily, survivorsOf } from './kill-process-tree.ts';
import type { ProcessFamily } from './containment.ts';

/** Freezes the processes of an attempt where they are, and resumes them. */
export interface Suspension {
  /** Resolves to whether all of them are frozen. After the release it freezes none. */
  suspend(): Promise<boolean>;
  /** Resolves when they run again. */
  resume(): Promise<void>;
  /** Resumes them for good, so that they can end. */
  release(): Promise<void>;
  /** Removes its cgroup. Call it when they have ended. */
  dispose(): Promise<void>;
}

/** How processes are frozen: by the freezer of the kernel where the worker may use it, or by SIGSTOP, which they can notice. */
export type Freezing = 'cgroup' | 'signals';

const ROUNDS_MAX = 20;
const POLL_MS = 5;
/** Stopped, traced, or in the kernel: waiting for a disk, or for a child that was stopped before its `exec`. */
const HELD = ['T', 't', 'D'];

export const suspension = (family: ProcessFamily, freezing: Freezing): Suspension => {
  const group: FreezerGroup | undefined = freezing === 'cgroup' ? freezerGroup(family.tag) : undefined;
  let wanted = false;
  let isHeld = false;
  let isFrozen = false;
  let released = false;
  let turn = Promise.resolve();
  const hold = async (): Promise<boolean> => {
    isFrozen = (await group?.freeze(() => survivorsOf(family).map(({ pid }) => pid))) ?? false;
    return isFrozen || (await stopAll(family, () => wanted));
  };
  const letGo = async (): Promise<void> => {
    if (isFrozen) await group?.thaw();
    else signalFamily(family, 'SIGCONT');
  };
  /** Applies one request after the other; the last one counts. */
  const settle = (): Promise<void> => {
    turn = turn.then(async () => {
      if (wanted === isHeld) return;
      // A failure must not keep later requests from being applied.
      isHeld = wanted && (await hold().catch(() => false));
      if (!isHeld) await letGo().catch(() => undefined);
    });
    return turn;
  };
  return {
    suspend: async () => {
      wanted = !released;
      await settle();
      return isHeld && wanted;
    },
    resume: async () => {
      wanted = false;
      await settle();
    },
    release: async () => {
      [released, wanted] = [true, false];
      await settle();
    },
    dispose: async () => {
      await group?.remove();
    },
  };
};

/** Repeated, because a process may leave the group between the scan and the signal. */
const stopAll = async (family: ProcessFamily, isWanted: () => boolean): Promise<boolean> => {
  for (let round = 0; round < ROUNDS_MAX && isWanted(); round++) {
    signalFamily(family, 'SIGSTOP');
    if (survivorsOf(family).every(({ state }) => HELD.includes(state))) return true;
    await sleep(POLL_MS);
  }
  return false;
};
