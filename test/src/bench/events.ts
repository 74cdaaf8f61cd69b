import type { Bench, RunFigures } from './bench.ts';
import type { FolderResult } from './programs/folder.ts';
import { submitAll } from './submitting.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

/** Three records each: more than half a million. */
const TASKS = 175_000;
const SLOTS = 1_024;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const engine = await world.engine();
    const worker = await world.program('worker', { slots: SLOTS });
    await submitAll(world, { count: TASKS });
    await waitFor(await world.client(), TASKS, settledIn);
    await worker.stop();
    await engine.stop();
    const folder = await world.program<FolderResult>('folder', {});
    folder.go();
    const { records, open, settled, foldMs, parseMs } = await folder.result;
    if (settled !== TASKS || open > 0)
      throw new Error(`the fold has ${settled} of ${TASKS} settled, ${open} open`);
    stage.say(`${records} records`);
    const perSecond = (ms: number): number => (records / ms) * 1_000;
    return { metrics: { events_per_s: perSecond(foldMs) }, ceiling: { events_per_s: perSecond(parseMs) } };
  });

export const events: Bench = {
  about:
    'a reader folds the journal of 175,000 tasks; for comparison JSON.parse of the same texts, from memory',
  run,
};
