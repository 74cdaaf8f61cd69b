import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { EngineStatus } from '@precedent/contract-types';

const POLL_MS = 100;
/** Longer than this without any progress, and the benchmark has failed. */
const STUCK_MS = 30_000;

/**
 * Resolves when `reached` of the engine's status is at least `goal`. Throws when it does not rise for half a minute: a figure
 * from a system that hangs is no figure.
 */
export const waitFor = async (
  client: Client,
  goal: number,
  reached: (status: EngineStatus) => number,
): Promise<void> => {
  let [best, risenAt] = [-1, performance.now()];
  for (;;) {
    const now = reached(await client.status());
    if (now >= goal) return;
    if (now > best) [best, risenAt] = [now, performance.now()];
    if (performance.now() - risenAt > STUCK_MS) throw new Error(`stuck at ${now} of ${goal}`);
    await pause(POLL_MS);
  }
};

/** Resolves when the index has what the journal has now, with vectors. Throws when it does not go on for half a minute. */
export const waitForIndex = async (client: Client): Promise<void> => {
  const { journalSeq } = await client.status();
  let [best, risenAt] = [-1, performance.now()];
  for (;;) {
    const { freshness, building } = await client.search.status();
    if (freshness.seq >= journalSeq && building === undefined) return;
    const done = freshness.seq + (building?.done ?? 0);
    if (done > best) [best, risenAt] = [done, performance.now()];
    if (performance.now() - risenAt > STUCK_MS)
      throw new Error(`the index is stuck at ${freshness.seq} of ${journalSeq}`);
    await pause(POLL_MS);
  }
};

export const settledIn = ({ settled }: EngineStatus): number =>
  settled.completed + settled.failed + settled.cancelled + settled.timed_out + settled.rejected;

export const queuedIn = ({ bands }: EngineStatus): number =>
  Object.values(bands).reduce((sum, { queued }) => sum + queued, 0);

export const runningIn = ({ bands }: EngineStatus): number =>
  Object.values(bands).reduce((sum, { running }) => sum + running, 0);
