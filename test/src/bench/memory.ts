import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, RunFigures } from './bench.ts';
import { rssOf } from './procfs.ts';
import type { HoardResult } from './programs/hoard.ts';
import type { Figures } from './stats.ts';
import { submitAll } from './submitting.ts';
import { queuedIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

const TASKS = 1_000_000;
const MB = 2 ** 20;
/** An engine without work for so long is idle. */
const IDLE_MS = 5_000;

const run = async (stage: Stage): Promise<RunFigures> => {
  const idle = await idleFigures(stage);
  stage.say('idle measured, now a million tasks');
  const { metrics, ceiling } = await waitingFigures(stage);
  return { metrics: { ...metrics, ...idle }, ceiling };
};

/** An engine as it is started in production, and its server. */
const idleFigures = (stage: Stage): Promise<Figures> =>
  withWorld(stage, async (world) => {
    const engine = await world.engine();
    await pause(IDLE_MS);
    const [engineMb, natsMb] = [rssOf(engine.pid) / MB, rssOf(world.natsPid) / MB];
    return { idle_mb: engineMb + natsMb, idle_engine_mb: engineMb, idle_nats_mb: natsMb };
  });

const waitingFigures = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const hoard = await world.program<HoardResult>('hoard', { count: TASKS }, ['--expose-gc']);
    hoard.go();
    const { idleBytes, heldBytes } = await hoard.result;
    const idleMb = (idleBytes + rssOf(world.natsPid)) / MB;
    const engine = await world.engine({ probe: true });
    const before = await engine.memory();
    await submitAll(world, { count: TASKS, band: 'low', chunk: 512 });
    await waitFor(await world.client(), TASKS, queuedIn);
    const after = await engine.memory();
    const heap = after.heapUsed + after.external - before.heapUsed - before.external;
    return {
      metrics: { bytes_per_task: (after.rss - before.rss) / TASKS, heap_bytes_per_task: heap / TASKS },
      ceiling: { bytes_per_task: heldBytes / TASKS, idle_mb: idleMb },
    };
  });

export const memory: Bench = {
  about: 'a million waiting tasks in the engine; beside it a plain map with their ids and texts',
  run,
};
