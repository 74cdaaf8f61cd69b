import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import { program } from './program.ts';

export interface LoopsParams {
  /** How many wait at the same time. */
  readonly loops: number;
  /** What each waits for, again and again. Milliseconds. */
  readonly holdMs: number;
  readonly forMs: number;
}

export interface LoopsResult {
  readonly perSecond: number;
}

/** The handler of the bench's worker in a bare loop: what its timer allows where no task has to be fetched. */
program(async ({ loops, holdMs, forMs }: LoopsParams, { ready }): Promise<LoopsResult> => {
  ready();
  const startedAt = monotonicMs();
  let ended = 0;
  const loop = async (): Promise<void> => {
    while (monotonicMs() - startedAt < forMs) {
      await pause(holdMs);
      ended++;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return { perSecond: (ended / (monotonicMs() - startedAt)) * 1_000 };
});
