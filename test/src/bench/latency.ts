import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, RunFigures } from './bench.ts';
import { withLog } from './journal.ts';
import { cpuMeter } from './procfs.ts';
import type { LoadResult } from './programs/load.ts';
import type { ProbeParams } from './programs/probe.ts';
import type { Figures } from './stats.ts';
import { latencyFigures, prefixed } from './stats.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const OFFERED_PER_S = 10_000;
/** Tasks in one message of the load: what a millisecond brings. */
const PACK = 10;
const SLOTS = 512;
/** Until the code of the engine is warm under load. */
const WARM_UP_MS = 4_000;
const RAW = { stream: 'BENCH_RAW', subject: 'bench.raw' };
const BASELINE = { stream: 'BENCH_BASELINE', subject: 'bench.baseline' };
const RUNNING = { stream: 'BENCH_RUNNING', subject: 'bench.running', runs: true };

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await withLog({ url: world.url, ...RAW }, () => Promise.resolve());
    const engine = await world.engine();
    const worker = await world.program('worker', { slots: SLOTS });
    const ours = await measured(world, engine.pid);
    const publish = await probed(world, 'idle_', 'publish');
    await Promise.all([engine.stop(), worker.kill()]);
    const accepting = await world.program('baseline-server', BASELINE);
    const baseline = await measured(world, accepting.pid);
    await accepting.kill();
    const running = await whileRunning(world);
    return {
      metrics: { ...ratiosOf(ours, baseline, 'baseline'), ...ratiosOf(ours, running, 'running'), ...ours },
      ceiling: { ...baseline, ...prefixed('running_', running), ...prefixed('publish_', publish) },
    };
  });

const whileRunning = async (world: World): Promise<Figures> => {
  await world.program('baseline-worker', {});
  const server = await world.program('baseline-server', RUNNING);
  return measured(world, server.pid);
};

/**
 * Relative to a baseline server in the same run: `baseline` does the least that an accepted task requires, `running` the least that a task requires
 * which a worker also runs and reports.
 */
const ratiosOf = (ours: Figures, baseline: Figures, name: 'baseline' | 'running'): Figures => {
  const ratio = (figure: string): number => (ours[figure] ?? Number.NaN) / (baseline[figure] ?? Number.NaN);
  return {
    [`idle_ratio_to_${name}`]: ratio('idle_p50_ms'),
    [`loaded_ratio_to_${name}`]: ratio('loaded_p50_ms'),
    [`idle_cpu_ratio_to_${name}`]: ratio('engine_cpu_us_idle'),
  };
};

/** The server has just started, and its code is not compiled yet: a load warms it up first. Idle means without work, not cold. */
const measured = async (world: World, pid: number): Promise<Figures> => {
  await underLoad(world, () => Promise.resolve());
  const idleCpu = cpuMeter({ engine: pid, nats: world.natsPid });
  const idle = await probed(world, 'idle_', 'submit');
  const { engine = 0, nats = 0 } = idleCpu();
  const usedCpu = cpuMeter({ engine: pid });
  const startedAt = performance.now();
  const { result: loaded, load } = await underLoad(world, () => probed(world, 'loaded_', 'submit'));
  return {
    ...loaded,
    ...idle,
    engine_cpu_us_idle: (engine * 1_000) / IDLE_SUBMISSIONS,
    nats_cpu_us_idle: (nats * 1_000) / IDLE_SUBMISSIONS,
    offered_per_s: (load.offered / load.ms) * 1_000,
    engine_cpu_share: (usedCpu()['engine'] ?? 0) / (performance.now() - startedAt),
  };
};

/** Runs `body` while a load goes on that was steady for a while. */
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

/** Idle: one after the other. Loaded: at a fixed rate, however long the one before takes. */
const PROBES = {
  idle_: { count: 1_000, warmUp: 1_000, perSecond: 400, alone: true },
  loaded_: { count: 2_000, warmUp: 200, perSecond: 200, alone: false },
};

const IDLE_SUBMISSIONS = PROBES.idle_.count + PROBES.idle_.warmUp;

const probed = async (
  world: World,
  prefix: keyof typeof PROBES,
  kind: ProbeParams['kind'],
): Promise<Figures> => {
  const params = { kind, subject: RAW.subject, ...PROBES[prefix] };
  const program = await world.program<readonly number[]>('probe', params);
  program.go();
  return latencyFigures(prefix, await program.result);
};

export const latency: Bench = {
  about:
    'one awaited submission, alone and under a load of 10,000 tasks a second, and its CPU time; for comparison a baseline server that only journals and answers, one that also has a worker run the task, and a raw publish',
  run,
};
