import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, RunFigures } from './bench.ts';
import { rssOf } from './procfs.ts';
import type { HoardResult } from './programs/hoard.ts';
import { submitAll } from './submitting.ts';
import { queuedIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

const TASKS = 1_000_000;
const MB = 2 ** 20;
/** An engine without work for so long is idle. */
const IDLE_MS = 5_000;
const NODE_START_MS = 1_000;

const run = async (stage: Stage): Promise<RunFigures> => {
  const idle = await idleFigures(stage);
  stage.say('idle measured, now a million tasks');
  const { metrics, ceiling } = await waitingFigures(stage);
  return { metrics: { ...metrics, ...idle.metrics }, ceiling: { ...ceiling, ...idle.ceiling } };
};

/** An engine as it is started in production, and its server; for comparison a node process that does nothing, and the server. */
const idleFigures = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const natsAloneMb = rssOf(world.natsPid) / MB;
    const nodeMb = (await idleNodeBytes()) / MB;
    const engine = await world.engine();
    await pause(IDLE_MS);
    const [engineMb, natsMb] = [rssOf(engine.pid) / MB, rssOf(world.natsPid) / MB];
    return {
      metrics: { idle_mb: engineMb + natsMb, idle_engine_mb: engineMb, idle_nats_mb: natsMb },
      ceiling: { idle_mb: nodeMb + natsAloneMb, idle_engine_mb: nodeMb, idle_nats_mb: natsAloneMb },
    };
  });

const idleNodeBytes = async (): Promise<number> => {
  const node = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1_000)'], {
    stdio: 'ignore',
  });
  try {
    await once(node, 'spawn');
    await pause(NODE_START_MS);
    return rssOf(node.pid ?? 0);
  } finally {
    node.kill('SIGKILL');
  }
};

const waitingFigures = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const hoard = await world.program<HoardResult>('hoard', { count: TASKS }, ['--expose-gc']);
    hoard.go();
    const { heldBytes } = await hoard.result;
    const engine = await world.engine({ probe: true });
    const before = await engine.memory();
    await submitAll(world, { count: TASKS, band: 'low', chunk: 512 });
    await waitFor(await world.client(), TASKS, queuedIn);
    const after = await engine.memory();
    const heap = after.heapUsed + after.external - before.heapUsed - before.external;
    return {
      metrics: { bytes_per_task: (after.rss - before.rss) / TASKS, heap_bytes_per_task: heap / TASKS },
      ceiling: { bytes_per_task: heldBytes / TASKS },
    };
  });

export const memory: Bench = {
  about: 'a million waiting tasks in the engine; for comparison a plain map with their ids and texts',
  run,
};
