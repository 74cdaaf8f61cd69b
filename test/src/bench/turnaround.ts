import type { Bench, RunFigures } from './bench.ts';
import { cpuMeter } from './procfs.ts';
import type { LoopsResult } from './programs/loops.ts';
import type { WorkerResult } from './programs/worker.ts';
import { submitAll } from './submitting.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const SLOTS = 10;
const HOLD_MS = 20;
const TASK_COUNT = 6_000;
/** What ten slots could do if none were ever empty and no timer were late. */
const IDEAL_PER_SECOND = (SLOTS / HOLD_MS) * 1_000;
const LOOPS_MS = 5_000;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const bare = await bareRate(world);
    const engine = await world.engine();
    // They wait before the first one starts, so that submitting is no part of it.
    await submitAll(world, { count: TASK_COUNT, holdMs: HOLD_MS });
    const worker = await world.program<WorkerResult>('worker', { slots: SLOTS });
    const usedCpu = cpuMeter({ engine: engine.pid, worker: worker.pid });
    await waitFor(await world.client(), TASK_COUNT, settledIn);
    const cpuMs = usedCpu();
    const rate = middleRate((await worker.stop()).endsMs);
    const shares = { share_of_ideal: rate / IDEAL_PER_SECOND, share_of_bare: rate / bare };
    const cpu = Object.entries(cpuMs).map(([name, ms]) => [
      `${name}_cpu_us_per_task`,
      (ms * 1_000) / TASK_COUNT,
    ]);
    const metrics = { ...shares, tasks_per_s: rate, ...Object.fromEntries(cpu) };
    return { metrics, ceiling: { share_of_ideal: bare / IDEAL_PER_SECOND, tasks_per_s: bare } };
  });

/** The same handler in as many loops of a bare loop, in a process of its own. */
const bareRate = async (world: World): Promise<number> => {
  const loops = await world.program<LoopsResult>('loops', {
    loops: SLOTS,
    holdMs: HOLD_MS,
    forMs: LOOPS_MS,
  });
  return (await loops.result).perSecond;
};

/** Tasks a second in the middle half of the run, without its beginning and its end. */
const middleRate = (endsMs: readonly number[]): number => {
  if (endsMs.length !== TASK_COUNT) throw new Error(`${endsMs.length} of ${TASK_COUNT} tasks ended`);
  const [from, to] = [TASK_COUNT / 4, (TASK_COUNT * 3) / 4];
  return ((to - from) / ((endsMs[to] ?? 0) - (endsMs[from] ?? 0))) * 1_000;
};

export const turnaround: Bench = {
  about:
    'tasks of 20 ms in 10 slots, with thousands that wait: how many end, as a share of 500 a second (share_of_ideal) and of the same handler in a bare loop (share_of_bare)',
  run,
};
