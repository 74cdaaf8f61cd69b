import type { Bench, RunFigures } from './bench.ts';
import type { DecideParams, DecideResult } from './programs/decide.ts';
import { startProgram } from './program-process.ts';
import { prefixed } from './stats.ts';
import type { Stage } from './world.ts';
import { profileFlags } from './world.ts';

const CELL = { workers: 100, slots: 10, waiting: 10_000 };
/** As many heads of each queue class and band as the engine gives to the rule. */
const ENGINE = { ...CELL, heads: 4 };
const WHOLE = { ...CELL, heads: CELL.waiting };
/** Megabytes of young generation while bytes are counted. */
const YOUNG_MB = 256;
const BYTES_FLAGS = ['--expose-gc', `--min-semi-space-size=${YOUNG_MB}`, `--max-semi-space-size=${YOUNG_MB}`];

const run = async (stage: Stage): Promise<RunFigures> => {
  const all = ['rule', 'recorded', 'plain'] as const;
  const ms = await decided(stage, { measure: 'ms', ways: all, size: ENGINE, rounds: 3_000 });
  const bytes = await decided(stage, { measure: 'bytes', ways: all, size: ENGINE, rounds: 300 }, BYTES_FLAGS);
  const whole = await decided(stage, { measure: 'ms', ways: ['rule', 'plain'], size: WHOLE, rounds: 300 });
  const { decisions, taking } = ms;
  return {
    metrics: {
      ...ms.figures.rule,
      ...bytes.figures.rule,
      ...prefixed('recorded_', { ...ms.figures.recorded, ...bytes.figures.recorded }),
      ...prefixed('all_waiting_', whole.figures.rule),
      decisions,
      taking,
    },
    ceiling: {
      ...ms.figures.plain,
      ...bytes.figures.plain,
      ...prefixed('all_waiting_', whole.figures.plain),
    },
  };
};

const decided = async (
  stage: Stage,
  params: DecideParams,
  flags: readonly string[] = [],
): Promise<DecideResult> => {
  const all = [...flags, ...profileFlags(stage, `decide-${params.measure}`)];
  const program = await startProgram<DecideResult>({ name: 'decide', params, flags: all });
  try {
    program.go();
    const result = await Promise.race([program.result, stage.interrupted]);
    // It writes its profile on its way out.
    await program.ended;
    return result;
  } finally {
    await program.kill();
  }
};

export const decide: Bench = {
  about:
    'one round of the rule with 1,000 running and 10,000 waiting tasks, and a critical one; for comparison a plain search for the youngest of the lowest',
  run,
};
