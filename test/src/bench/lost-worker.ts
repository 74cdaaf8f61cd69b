import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { monotonicMs } from './clock.ts';
import type { WorkerResult } from './programs/worker.ts';
import { percentile } from './stats.ts';
import { TASKS } from './tasks.ts';
import { runningIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const WORKERS = 20;
const WARM_UP_MS = 500;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const client = await world.client();
    const delaysMs: number[] = [];
    for (let at = 0; at < WORKERS; at++) delaysMs.push(await restartDelay(world, client, at));
    return {
      metrics: { p50_ms: percentile(delaysMs, 0.5), p99_ms: percentile(delaysMs, 0.99) },
      ceiling: {},
    };
  });

/** Kills the worker of a task, and measures until the task has started on another worker. Milliseconds. */
const restartDelay = async (world: World, client: Client, at: number): Promise<number> => {
  const pool = `p${at}`;
  const victim = await world.program('worker', { slots: 1, name: `victim-${at}`, pools: [pool] });
  const { id } = await client.submit({ type: TASKS.hold, pool, payload: { ms: 600_000 } }, { door: 'ask' });
  await waitFor(client, 1, runningIn);
  const other = await world.program<WorkerResult>('worker', { slots: 1, name: `other-${at}`, pools: [pool] });
  // Kills come at any point between two probes.
  await pause(WARM_UP_MS + ((at * 37) % 200));
  const killedAt = monotonicMs();
  await victim.kill();
  const startedAt = await startedOn(client, id, `other-${at}`);
  await client.cancel(id);
  await other.kill();
  return startedAt - killedAt;
};

/** When the task runs on the worker. */
const startedOn = async (client: Client, id: string, worker: string): Promise<number> => {
  for (;;) {
    const view = await client.get(id);
    if (view.state === 'running' && view.worker === worker) return monotonicMs();
    await pause(5);
  }
};

export const lostWorker: Bench = {
  about: 'a worker is killed with SIGKILL while another one has room: until its task runs there',
  run,
};
