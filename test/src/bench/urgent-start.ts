import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import { BEHIND } from './behind.ts';
import type { Behind } from './behind.ts';
import type { Bench, BenchOptions, RunFigures } from './bench.ts';
import { monotonicMs } from './clock.ts';
import type { WorkerResult } from './programs/worker.ts';
import type { Figures } from './stats.ts';
import { percentile } from './stats.ts';
import { submitAll } from './submitting.ts';
import { TASKS } from './tasks.ts';
import { runningIn, settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const SLOTS = 10;
const MARKS = 100;
/** Submissions that are timed as the ceiling. */
const AWAITED = 50;
/** Not counted: until the code is compiled. */
const WARM_UP = 500;
const WARM_UP_EVERY_MS = 4;
/** No multiple of the time that a task holds its slot, or every mark would meet the slots at the same point. */
const EVERY_MS = 203;

const run = (stage: Stage, { behind = 'short', burst = 1 }: BenchOptions): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const client = await world.client();
    const { hold } = BEHIND[behind];
    const worker = await world.program<WorkerResult>('worker', { slots: SLOTS, hold });
    await sendMarks(client, { count: WARM_UP, everyMs: WARM_UP_EVERY_MS, burst: 1 });
    const awaitedMs = await awaited(client);
    await waitFor(client, WARM_UP + AWAITED, settledIn);
    await fill(world, client, behind);
    await sendMarks(client, { count: MARKS, everyMs: EVERY_MS * burst, burst });
    const startDelaysMs = (await worker.stop()).startDelaysMs.slice(WARM_UP + AWAITED);
    if (startDelaysMs.length !== MARKS) throw new Error(`${startDelaysMs.length} of ${MARKS} marks started`);
    return figuresOf(startDelaysMs, awaitedMs);
  });

/** The start of an urgent task, and as ceiling the answer to one submission on the idle system. */
const figuresOf = (delaysMs: readonly number[], awaitedMs: readonly number[]): RunFigures => {
  const awaitedP50 = percentile(awaitedMs, 0.5);
  const figures = (ms: readonly number[]): Figures => ({
    p50_ms: percentile(ms, 0.5),
    p99_ms: percentile(ms, 0.99),
    p50_ratio: percentile(ms, 0.5) / awaitedP50,
    p99_ratio: percentile(ms, 0.99) / awaitedP50,
  });
  return { metrics: figures(delaysMs), ceiling: figures(awaitedMs) };
};

/** From each submission to its answer, with the interval of the marks: after a longer pause every process on the way takes longer to wake up. */
const awaited = async (client: Client): Promise<number[]> => {
  const ms: number[] = [];
  for (let i = 0; i < AWAITED; i++) {
    const sentAt = monotonicMs();
    await client.submit(markSpec(), { door: 'ask' });
    ms.push(monotonicMs() - sentAt);
    await pause(EVERY_MS);
  }
  return ms;
};

const fill = async (world: World, client: Client, behind: Behind): Promise<void> => {
  const { count, holdMs } = BEHIND[behind];
  await submitAll(world, { count: count + SLOTS, band: 'low', holdMs });
  await waitFor(client, SLOTS, runningIn);
};

/** Carries the moment at which it was handed to the client. */
const markSpec = () => ({ type: TASKS.mark, band: 'critical', payload: { sentAt: monotonicMs() } }) as const;

interface Marks {
  readonly count: number;
  readonly everyMs: number;
  /** Marks at the same time. */
  readonly burst: number;
}

/** Critical tasks at a steady rate. */
const sendMarks = async (client: Client, { count, everyMs, burst }: Marks): Promise<void> => {
  const accepted: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    accepted.push(client.submit(markSpec(), { door: 'ask' }));
    if ((i + 1) % burst === 0) await pause(everyMs);
  }
  await Promise.all(accepted);
};

export const urgentStart: Bench = {
  about:
    'a critical task behind low tasks in all of 10 slots (--behind short, long, checks, uncooperative, command or cpu): from its submission to its start, as a multiple of one awaited submission',
  options: ['behind', 'burst'],
  run,
};
