import type { Bench, RunFigures } from './bench.ts';
import type { ReaderParams, ReaderResult } from './programs/reader.ts';
import { submitAll } from './submitting.ts';
import { taskId } from './tasks.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const TASKS = 10_000;
const IN_FLIGHT = 64;
const ECHO = 'bench.echo';
const TIMES = { warmUpMs: 2_000, ms: 5_000 };

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const engine = await world.engine();
    await submitAll(world, { count: TASKS, named: true });
    const client = await world.client();
    const bytes = JSON.stringify(await client.get(taskId(0))).length;
    stage.say(`one answer has ${bytes} bytes`);
    const gets = await perSecond(world, 'get');
    const sdkGets = await perSecond(world, 'sdk');
    await engine.stop();
    const echo = await world.program('echo', { subject: ECHO, bytes });
    const echoes = await perSecond(world, 'echo');
    await echo.kill();
    return { metrics: { gets_per_s: gets, sdk_gets_per_s: sdkGets }, ceiling: { gets_per_s: echoes } };
  });

const perSecond = async (world: World, kind: ReaderParams['kind']): Promise<number> => {
  const params = { kind, subject: ECHO, ids: TASKS, inFlight: IN_FLIGHT, ...TIMES };
  const reader = await world.program<ReaderResult>('reader', params);
  reader.go();
  const { answers, ms } = await reader.result;
  return (answers / ms) * 1_000;
};

export const status: Bench = {
  about:
    'the state of a task by its id over NATS, 64 requests in flight; for comparison a plain echo of the same size',
  run,
};
