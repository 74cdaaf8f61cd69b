import type { Bench, RunFigures } from './bench.ts';
import type { PolicyParams, PolicyResult } from './programs/policy.ts';
import { startProgram } from './program-process.ts';
import type { Stage } from './world.ts';
import { profileFlags } from './world.ts';

const PARAMS: PolicyParams = { grants: 10_000, rounds: 200_000 };

const run = async (stage: Stage): Promise<RunFigures> => {
  const flags = profileFlags(stage, 'policy');
  const program = await startProgram<PolicyResult>({ name: 'policy', params: PARAMS, flags });
  try {
    program.go();
    const { indexed, walked } = await Promise.race([program.result, stage.interrupted]);
    // It writes its profile on its way out.
    await program.ended;
    return { metrics: indexed, ceiling: walked };
  } finally {
    await program.kill();
  }
};

export const policy: Bench = {
  about:
    'one decision whether a principal with 10,000 grants may do something: one grant in each of as many namespaces, of as many projects, and all of one project; for comparison a walk over the grants',
  run,
};
