import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { EngineStatus } from '@precedent/contract-types';

const POLL_MS = 100;
/** Longer than this without any progress, and the benchmark has failed. */
const STUCK_MS = 30_000;

interface Look {
  readonly isReached: boolean;
  /** Rises as long as the system goes on. */
  readonly progress: number;
  /** What is stuck when it does not. */
  readonly stuck: string;
}

/** Looks until it is reached. Throws when the progress does not rise for half a minute: a figure from a system that hangs is no figure. */
const untilReached = async (look: () => Promise<Look>): Promise<void> => {
  let [best, risenAt] = [-1, performance.now()];
  for (;;) {
    const { isReached, progress, stuck } = await look();
    if (isReached) return;
    if (progress > best) [best, risenAt] = [progress, performance.now()];
    if (performance.now() - risenAt > STUCK_MS) throw new Error(stuck);
    await pause(POLL_MS);
  }
};

/** Resolves when `reached` of the engine's status is at least `goal`. Throws when it does not rise for half a minute. */
export const waitFor = (
  client: Client,
  goal: number,
  reached: (status: EngineStatus) => number,
): Promise<void> =>
  untilReached(async () => {
    const progress = reached(await client.status());
    return { isReached: progress >= goal, progress, stuck: `stuck at ${progress} of ${goal}` };
  });

/** Resolves when the index has what the journal has now, with vectors. Throws when it does not go on for half a minute. */
export const waitForIndex = async (client: Client): Promise<void> => {
  const { journalSeq } = await client.status();
  await untilReached(async () => {
    const { freshness, building } = await client.search.status();
    return {
      isReached: freshness.seq >= journalSeq && building === undefined,
      progress: freshness.seq + (building?.done ?? 0),
      stuck: `the index is stuck at ${freshness.seq} of ${journalSeq}`,
    };
  });
};

export const settledIn = ({ settled }: EngineStatus): number =>
  settled.completed + settled.failed + settled.cancelled + settled.timed_out + settled.rejected;

export const queuedIn = ({ bands }: EngineStatus): number =>
  Object.values(bands).reduce((sum, { queued }) => sum + queued, 0);

export const runningIn = ({ bands }: EngineStatus): number =>
  Object.values(bands).reduce((sum, { running }) => sum + running, 0);
