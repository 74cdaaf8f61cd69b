import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { monotonicMs } from './clock.ts';
import { cpuMeter } from './procfs.ts';
import { latencyFigures, percentile } from './stats.ts';
import { allAccepted, submitter } from './submitting.ts';
import { TASKS } from './tasks.ts';
import { runningIn, settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

/** As many as a worker has when it names none. */
const SLOTS = 10;
const TASK_COUNT = 60_000;
const WARM_UP = 10_000;
const STARTS = 200;
const EVERY_MS = 5;
const RESULT = { timeoutMs: 30_000 };
/** Of the band low, by default. */
const GRACE_MS = 2_000;
const ROUNDS = 3;
/** One end is not to wait for another. */
const APART_MS = 150;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const worker = await world.program<undefined>('isolate-worker', { slots: SLOTS });
    const rates = new Rates(world, await world.client(), worker.pid);
    for (const type of [TASKS.noop, TASKS.isolatedNoop]) await rates.of(type, WARM_UP);
    const plain = await rates.of(TASKS.noop, TASK_COUNT);
    const isolated = await rates.of(TASKS.isolatedNoop, TASK_COUNT);
    const client = await world.client();
    await startDelay(client, TASKS.isolatedDelay);
    const plainMs = await startDelay(client, TASKS.delay);
    const isolatedMs = await startDelay(client, TASKS.isolatedDelay);
    const lateMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) lateMs.push(...(await lateEnds(client)));
    await worker.stop();
    const metrics = {
      share_of_plain: isolated.perSecond / plain.perSecond,
      warm_start_ms: isolatedMs - plainMs,
      tasks_per_s: isolated.perSecond,
      worker_cpu_us_per_task: isolated.cpuUs,
      start_p50_ms: isolatedMs,
      ...latencyFigures('past_deadline_', lateMs),
    };
    const ceiling = {
      tasks_per_s: plain.perSecond,
      worker_cpu_us_per_task: plain.cpuUs,
      start_p50_ms: plainMs,
    };
    return { metrics, ceiling };
  });

/** Tasks a second of one type after the other, in the same world. */
class Rates {
  readonly #world: World;
  readonly #client: Client;
  readonly #workerPid: number;
  #settled = 0;

  constructor(world: World, client: Client, workerPid: number) {
    this.#world = world;
    this.#client = client;
    this.#workerPid = workerPid;
  }

  async of(type: string, count: number): Promise<{ readonly perSecond: number; readonly cpuUs: number }> {
    const program = await submitter(this.#world, { count, type });
    const usedCpu = cpuMeter({ worker: this.#workerPid });
    const startedAt = performance.now();
    program.go();
    this.#settled += count;
    await waitFor(this.#client, this.#settled, settledIn);
    const seconds = (performance.now() - startedAt) / 1_000;
    await allAccepted(program, count);
    return { perSecond: count / seconds, cpuUs: ((usedCpu()['worker'] ?? 0) * 1_000) / count };
  }
}

/** Median milliseconds from a submission to the first line of the handler, one task at a time. */
const startDelay = async (client: Client, type: string): Promise<number> => {
  const delays: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const { id } = await client.submit({ type, payload: { sentAt: monotonicMs() } }, { door: 'ask' });
    delays.push((await client.result(id, RESULT)) as number);
    await pause(EVERY_MS);
  }
  return percentile(delays, 0.5);
};

/**
 * Blocks all slots, and cancels what blocks them. Resolves to how many milliseconds after the deadline of each the client has its verdict: its
 * thread is terminated, its slot free.
 */
const lateEnds = async (client: Client): Promise<number[]> => {
  const specs = Array.from({ length: SLOTS }, () => ({ type: TASKS.isolatedBlock, band: 'low' as const }));
  const accepted = await Promise.all(specs.map((spec) => client.submit(spec, { door: 'ask' })));
  await waitFor(client, SLOTS, runningIn);
  return Promise.all(
    accepted.map(async ({ id }, at) => {
      await pause(at * APART_MS);
      const cancelledAt = monotonicMs();
      await client.cancel(id);
      await client.wait(id, RESULT);
      return monotonicMs() - cancelledAt - GRACE_MS;
    }),
  );
};

export const isolate: Bench = {
  about:
    'tasks that do nothing, each in a warm thread of its own, with 10 slots; for comparison the same handler in the worker itself; and how long after their deadline handlers that block have left',
  run,
};
