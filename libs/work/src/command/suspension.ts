import { sleep } from '@precedent/kernel';
import { freezerGroup } from '../cgroup/freezer.ts';
import type { FreezerGroup } from '../cgroup/freezer.ts';
import { signalFamily, survivorsOf } from './kill-process-tree.ts';
import type { Family } from './containment.ts';

/** Holds the processes of an attempt where they are, and lets them go on. */
export interface Suspension {
  /** Resolves to whether they are held: every one, now. After the release it does nothing, and they are not. */
  suspend(): Promise<boolean>;
  /** Resolves when they go on. */
  resume(): Promise<void>;
  /** Lets them go on, now and for good: they are to end. */
  release(): Promise<void>;
  /** Leaves nothing of itself behind. To be called when they have ended. */
  dispose(): Promise<void>;
}

/** How processes are held: by the kernel's freezer where it is ours to use, or by SIGSTOP, which they can notice. */
export type Freezing = 'cgroup' | 'signals';

const ROUNDS_MAX = 20;
const POLL_MS = 5;
/** Stopped, traced, or in the kernel: waiting for a disk, or for a child that was stopped before its `exec`. */
const HELD = ['T', 't', 'D'];

export const suspension = (family: Family, freezing: Freezing): Suspension => {
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
  /** One after the other, and the last wish counts. */
  const settle = (): Promise<void> => {
    turn = turn.then(async () => {
      if (wanted === isHeld) return;
      // A look that failed must not keep those that come after it.
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

/** A process that left the group between the look and the signal is found at the next look. */
const stopAll = async (family: Family, isWanted: () => boolean): Promise<boolean> => {
  for (let round = 0; round < ROUNDS_MAX && isWanted(); round++) {
    signalFamily(family, 'SIGSTOP');
    if (survivorsOf(family).every(({ state }) => HELD.includes(state))) return true;
    await sleep(POLL_MS);
  }
  return false;
};
