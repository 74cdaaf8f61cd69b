import type { Bench, RunFigures } from './bench.ts';
import { startGateway } from './http.ts';
import { cpuMeter } from './procfs.ts';
import type { LinesLoadParams, LinesLoadResult } from './programs/lines-load.ts';
import { submitAll } from './submitting.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const COUNT = 150_000;
/** Until the code is warm. */
const WARM_UP = 30_000;

type Target = Pick<LinesLoadParams, 'address' | 'key'>;

const streamed = async (world: World, target: Target, count: number): Promise<number> => {
  const program = await world.program<LinesLoadResult>('lines-load', { ...target, count });
  program.go();
  const { accepted, refusal, ms } = await program.result;
  if (accepted === count) return ms;
  throw new Error(`${accepted} of ${count} tasks were accepted; ${refusal ?? 'no refusal'}`);
};

const perSecond = (ms: number): number => (COUNT / ms) * 1_000;

/** The same tasks, first over NATS with the SDK, then as lines over HTTP. */
const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const engine = await world.engine();
    const gateway = await startGateway(world.url, stage);
    try {
      await submitAll(world, { count: WARM_UP });
      await streamed(world, gateway.target, WARM_UP);
      const nats = await submitAll(world, { count: COUNT });
      const usedCpu = cpuMeter({ gateway: gateway.pid, engine: engine.pid, nats: world.natsPid });
      const ms = await streamed(world, gateway.target, COUNT);
      const cpu = Object.entries(usedCpu()).map(([name, used]) => [
        `${name}_cpu_us_per_task`,
        (used * 1_000) / COUNT,
      ]);
      return {
        metrics: {
          tasks_per_s: perSecond(ms),
          share_of_nats: nats.ms / ms,
          ...Object.fromEntries(cpu),
        },
        ceiling: { tasks_per_s: perSecond(nats.ms) },
      };
    } finally {
      await gateway.stop();
    }
  });

export const httpBulk: Bench = {
  about:
    '150,000 tasks submitted as one stream of lines over HTTP; for comparison the same tasks submitted over NATS by the SDK',
  run,
};
