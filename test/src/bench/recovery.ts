import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import { isAppError } from '@precedent/kernel';
import type { Bench, RunFigures } from './bench.ts';
import type { ScanResult } from './programs/scan.ts';
import { submitAll } from './submitting.ts';
import { noopSpec } from './tasks.ts';
import { queuedIn, runningIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

const TASKS = 100_000;
const SLOTS = 10;
/** Longer than the benchmark. */
const HOLD_MS = 600_000;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const first = await world.engine();
    const client = await world.client();
    const worker = await world.program('worker', { slots: SLOTS });
    await submitAll(world, { count: SLOTS, band: 'low', holdMs: HOLD_MS });
    await submitAll(world, { count: TASKS, band: 'low' });
    await waitFor(client, TASKS, queuedIn);
    await first.kill();
    const startedAt = performance.now();
    const [, openMs] = await Promise.all([world.engine(), msUntilOpen(client, startedAt)]);
    const status = await client.status();
    const open = queuedIn(status) + runningIn(status);
    if (open < TASKS + SLOTS) throw new Error(`${open} of ${TASKS + SLOTS} tasks are open after the restart`);
    await worker.kill();
    const scanStartedAt = performance.now();
    const scan = await world.program<ScanResult>('scan', {});
    const { records } = await scan.result;
    const scanMs = performance.now() - scanStartedAt;
    stage.say(`${records} records were read back`);
    return { metrics: { open_ms: openMs }, ceiling: { open_ms: scanMs } };
  });

/** Milliseconds until a submission is answered. It is repeated, because no message says when the engine accepts tasks. */
const msUntilOpen = async (client: Client, startedAt: number): Promise<number> => {
  for (;;) {
    try {
      await client.submit(noopSpec(TASKS, 'low'), { door: 'ask' });
      return performance.now() - startedAt;
    } catch (error) {
      if (!isAppError(error)) throw error;
      await pause(2);
    }
  }
};

export const recovery: Bench = {
  about:
    'an engine that was killed with 100,010 open tasks starts again: until a submission is answered; for comparison a program that only reads the journal',
  run,
};
