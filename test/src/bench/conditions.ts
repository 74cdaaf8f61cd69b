import type { Bench, RunFigures } from './bench.ts';
import type { ConditionsParams } from './programs/conditions.ts';
import { startProgram } from './program-process.ts';
import type { Figures } from './stats.ts';
import type { Stage } from './world.ts';
import { profileFlags } from './world.ts';

const PARAMS: ConditionsParams = { evaluations: 300_000 };

const run = async (stage: Stage): Promise<RunFigures> => {
  const flags = profileFlags(stage, 'conditions');
  const program = await startProgram<Figures>({ name: 'conditions', params: PARAMS, flags });
  try {
    program.go();
    const metrics = await Promise.race([program.result, stage.interrupted]);
    await program.ended;
    return { metrics, ceiling: {} };
  } finally {
    await program.kill();
  }
};

export const conditions: Bench = {
  about:
    'one condition on the result of a task, with what it read; and the slowest of those that are as large as their limits allow',
  run,
};
