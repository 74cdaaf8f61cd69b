import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { startGateway } from './http.ts';
import { cpuMeter } from './procfs.ts';
import type { LiveViewersResult } from './programs/live-viewers.ts';
import type { LoadResult } from './programs/load.ts';
import { percentile } from './stats.ts';
import { noopSpec } from './tasks.ts';
import { settledIn } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const VIEWERS = 500;
const ROWS = 20;
const PER_SECOND = 10_000;
const PACK = 10;
const SLOTS = 512;
const WARM_UP_MS = 3_000;
const MS = 8_000;
/** Between two tasks whose appearance is timed: no multiple of the time between two frames. Milliseconds. */
const PROBE_MS = 137;
/** Between two frames. Milliseconds. */
const FRAME_MS = 200;

interface Measured {
  readonly perSecond: number;
  /** When each critical task was durable, in epoch milliseconds. */
  readonly probes: readonly number[];
}

/** Submits critical tasks for a while, and counts the tasks that are settled meanwhile. */
const measuredOn = async (client: Client): Promise<Measured> => {
  const [before, startedAt] = [settledIn(await client.status()), performance.now()];
  const probes: number[] = [];
  while (performance.now() - startedAt < MS) {
    await client.submit(noopSpec(probes.length, 'critical'));
    probes.push(Date.now());
    await pause(PROBE_MS);
  }
  const settled = settledIn(await client.status()) - before;
  return { perSecond: (settled / (performance.now() - startedAt)) * 1_000, probes };
};

const lagsOf = ({ probes }: Measured, first: number, { shown }: LiveViewersResult): number[] =>
  shown.flatMap((times) =>
    probes.map((at, index) => Math.max(0, (times[first + index + 1] ?? Number.POSITIVE_INFINITY) - at)),
  );

const compared = async (world: World, stage: Stage) => {
  const engine = await world.engine();
  await world.program('worker', { slots: SLOTS });
  const gateway = await startGateway(world.url, stage);
  try {
    const client = await world.client();
    const load = await world.program<LoadResult>('load', { perSecond: PER_SECOND, pack: PACK });
    load.go();
    await pause(WARM_UP_MS);
    const without = await measuredOn(client);
    const params = { ...gateway.target, viewers: VIEWERS, rows: ROWS };
    const viewers = await world.program<LiveViewersResult>('live-viewers', params);
    viewers.go();
    await pause(WARM_UP_MS);
    const usedCpu = cpuMeter({ engine: engine.pid, gateway: gateway.pid, viewers: viewers.pid });
    const watched = await measuredOn(client);
    const cpuMs = usedCpu();
    await pause(2 * FRAME_MS);
    const seen = await viewers.stop();
    await load.stop();
    return { without, watched, seen, cpuMs };
  } finally {
    await gateway.stop();
  }
};

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const { without, watched, seen, cpuMs } = await compared(world, stage);
    const lags = lagsOf(watched, without.probes.length, seen);
    const p95 = percentile(lags, 0.95);
    const metrics = {
      lag_p50_ms: percentile(lags, 0.5),
      lag_p95_ms: p95,
      lag_p95_frames: p95 / FRAME_MS,
      // The first tasks come while code is compiled, and are settled later.
      engine_share: watched.perSecond / Math.min(without.perSecond, PER_SECOND),
      tasks_per_s: watched.perSecond,
      frames_per_viewer: seen.frames / VIEWERS,
      largest_frame_bytes: seen.largest,
      gateway_cpu_share: (cpuMs['gateway'] ?? 0) / MS,
      viewers_cpu_share: (cpuMs['viewers'] ?? 0) / MS,
    };
    return { metrics, ceiling: { tasks_per_s: without.perSecond } };
  });

export const live: Bench = {
  about:
    '500 viewers of the live view while 10,000 tasks a second are offered: from the commit of a task until it is counted on their screens, in frames of 200 ms, and the tasks settled as a share of those without viewers',
  run,
};
