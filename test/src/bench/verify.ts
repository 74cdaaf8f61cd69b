import type { Bench, RunFigures } from './bench.ts';
import type { VerifierResult } from './programs/verifier.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

const TASKS = 1_000_000;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const verifier = await world.program<VerifierResult>('verifier', { tasks: TASKS });
    verifier.go();
    const { ms, parseMs, tasks, findings } = await verifier.result;
    if (tasks !== TASKS || findings > 0)
      throw new Error(`${tasks} of ${TASKS} tasks have their digest, with ${findings} findings`);
    const perSecond = (spent: number): number => (TASKS / spent) * 1_000;
    return { metrics: { tasks_per_s: perSecond(ms) }, ceiling: { tasks_per_s: perSecond(parseMs) } };
  });

export const verify: Bench = {
  about:
    'verification of a journal with a million tasks: seals, chain and digests; for comparison reading the same journal and JSON.parse',
  run,
};
