import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, RunFigures } from './bench.ts';
import { withLog } from './journal.ts';
import { cpuMeter } from './procfs.ts';
import type { LoadResult } from './programs/load.ts';
import type { ProbeParams } from './programs/probe.ts';
import type { Figures } from './stats.ts';
import { latencyFigures } from './stats.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const OFFERED_PER_S = 10_000;
/** Tasks in one message of the load: what a millisecond brings. */
const PACK = 10;
const SLOTS = 512;
/** Until the code of the engine is warm under load. */
const WARM_UP_MS = 4_000;
const RAW = { stream: 'BENCH_RAW', subject: 'bench.raw' };

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await withLog({ url: world.url, ...RAW }, () => Promise.resolve());
    const engine = await world.engine();
    await world.program('worker', { slots: SLOTS });
    // An engine that has just started runs code that is not compiled yet. Idle means: nothing to do, not new.
    await underLoad(world, () => Promise.resolve());
    const idle = await bothKinds(world, 'idle_');
    const usedCpu = cpuMeter({ engine: engine.pid });
    const startedAt = performance.now();
    const { result: loaded, load } = await underLoad(world, () => bothKinds(world, 'loaded_'));
    const engineCpuShare = (usedCpu()['engine'] ?? 0) / (performance.now() - startedAt);
    const circumstances = {
      offered_per_s: (load.offered / load.ms) * 1_000,
      engine_cpu_share: engineCpuShare,
    };
    return {
      metrics: { ...loaded.submit, ...idle.submit, ...circumstances },
      ceiling: { ...loaded.publish, ...idle.publish },
    };
  });

/** Runs `body` beside a load that was steady for a while. */
const underLoad = async <T>(
  world: World,
  body: () => Promise<T>,
): Promise<{ result: T; load: LoadResult }> => {
  const program = await world.program<LoadResult>('load', { perSecond: OFFERED_PER_S, pack: PACK });
  program.go();
  await pause(WARM_UP_MS);
  const result = await body();
  const load = await program.stop();
  if (load.refused > 0) throw new Error(`${load.refused} of ${load.offered} tasks of the load were refused`);
  return { result, load };
};

/** Idle: one after the other. Loaded: at a pace of their own, however long the one before takes. */
const PROBES = {
  idle_: { count: 1_000, warmUp: 1_000, perSecond: 400, alone: true },
  loaded_: { count: 2_000, warmUp: 200, perSecond: 200, alone: false },
};

const bothKinds = async (
  world: World,
  prefix: keyof typeof PROBES,
): Promise<Record<ProbeParams['kind'], Figures>> => {
  const probe = async (kind: ProbeParams['kind']): Promise<Figures> => {
    const params = { kind, subject: RAW.subject, ...PROBES[prefix] };
    const program = await world.program<readonly number[]>('probe', params);
    program.go();
    return latencyFigures(prefix, await program.result);
  };
  // One after the other: two probes would be each other's load.
  const submit = await probe('submit');
  return { submit, publish: await probe('publish') };
};

export const latency: Bench = {
  about: 'one awaited submission, alone and beside 10,000 tasks a second; beside it a raw JetStream publish',
  run,
};
