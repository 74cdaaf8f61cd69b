import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { monotonicMs } from './clock.ts';
import type { WorkerResult } from './programs/worker.ts';
import type { Figures } from './stats.ts';
import { latencyFigures } from './stats.ts';
import { submitAll } from './submitting.ts';
import { TASKS } from './tasks.ts';
import { runningIn, settledIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

const SLOTS = 10;
const HOLD_MS = 20;
const WAITING = 100_000;
const MARKS = 100;
/** Not counted: until the code is compiled. */
const WARM_UP = 500;
const WARM_UP_EVERY_MS = 4;
/** No multiple of the time that a task holds its slot, or every mark would meet the slots at the same point. */
const EVERY_MS = 203;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const client = await world.client();
    const worker = await world.program<WorkerResult>('worker', { slots: SLOTS });
    await sendMarks(client, WARM_UP, WARM_UP_EVERY_MS);
    await sendMarks(client, MARKS, EVERY_MS);
    await waitFor(client, WARM_UP + MARKS, settledIn);
    await submitAll(world, { count: WAITING + SLOTS, band: 'low', holdMs: HOLD_MS });
    await waitFor(client, SLOTS, runningIn);
    await sendMarks(client, MARKS, EVERY_MS);
    const { startDelaysMs } = await worker.stop();
    const counted = startDelaysMs.slice(WARM_UP);
    if (counted.length !== 2 * MARKS) throw new Error(`${counted.length} of ${2 * MARKS} marks started`);
    return { metrics: figuresOf(counted.slice(MARKS)), ceiling: figuresOf(counted.slice(0, MARKS)) };
  });

const figuresOf = (delaysMs: readonly number[]): Figures => latencyFigures('', delaysMs);

/** Critical tasks at a steady rate. Each carries the moment at which it was handed to the client. */
const sendMarks = async (client: Client, count: number, everyMs: number): Promise<void> => {
  const accepted: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const spec = { type: TASKS.mark, band: 'critical', payload: { sentAt: monotonicMs() } } as const;
    accepted.push(client.submit(spec, { door: 'ask' }));
    await pause(everyMs);
  }
  await Promise.all(accepted);
};

export const criticalStart: Bench = {
  about:
    'a critical task behind 20 ms tasks in all of 10 slots and 100,000 more: from its submission to its start; for comparison the same with free slots',
  run,
};
