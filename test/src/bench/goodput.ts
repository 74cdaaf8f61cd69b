import type { LoadOptions } from './arrivals.ts';
import type { Bench, RunFigures } from './bench.ts';
import { playLoad } from './mixed-load.ts';
import type { LoadRun } from './mixed-load.ts';
import { lossOf } from './runs.ts';
import type { TaskRuns } from './runs.ts';
import type { Figures } from './stats.ts';
import { latencyFigures, mean } from './stats.ts';
import { UNIT_MS } from './steps-tasks.ts';
import type { Stage } from './world.ts';

const SLOTS = 10;
const LOW_MS = 500;
const URGENT_MS = 50;
const LOAD = 0.9;
const URGENT_SHARE = 0.05;
/** Tasks a second of the whole load, so that they fill the share LOAD of the slots. */
const PER_SECOND = (LOAD * SLOTS * 1_000) / ((1 - URGENT_SHARE) * LOW_MS + URGENT_SHARE * URGENT_MS);

const OPTIONS: LoadOptions = {
  seed: 7,
  ms: 40_000,
  slots: SLOTS,
  backlog: 0,
  lowPerSecond: PER_SECOND * (1 - URGENT_SHARE),
  lowUnits: LOW_MS / UNIT_MS,
  urgentPerSecond: PER_SECOND * URGENT_SHARE,
  urgentUnits: URGENT_MS / UNIT_MS,
};

const run = async (stage: Stage): Promise<RunFigures> => {
  const alone = await playLoad(stage, OPTIONS, 'without urgent');
  const without = await playLoad(stage, OPTIONS, 'without preemption');
  const mixed = await playLoad(stage, OPTIONS, 'with preemption');
  return {
    metrics: {
      ...lossOf(mixed.low),
      low_slowdown: turnaroundOf(mixed) / turnaroundOf(alone),
      ...figuresOf(mixed),
    },
    // What the same load costs the low tasks when no task is preempted, and what it costs the critical ones.
    ceiling: { low_slowdown: turnaroundOf(without) / turnaroundOf(alone), ...figuresOf(without) },
  };
};

const turnaroundOf = ({ low }: LoadRun): number => mean(low.map(({ turnaroundMs }) => turnaroundMs));

const waits = (tasks: readonly TaskRuns[]): number[] => tasks.map(({ waitMs }) => waitMs);

const figuresOf = (load: LoadRun): Figures => ({
  ...latencyFigures('critical_', waits(load.urgent)),
  low_turnaround_ms: turnaroundOf(load),
  busy_share: busyShareOf(load),
});

/** Of all slots, in the whole time. */
const busyShareOf = ({ low, urgent, ms }: LoadRun): number =>
  [...low, ...urgent].reduce((sum, { heldMs }) => sum + heldMs, 0) / (ms * SLOTS);

export const goodput: Bench = {
  about:
    '500 ms tasks with checkpoints that fill 90 % of 10 slots, 5 % of them critical: what those cost the others; for comparison the same load without preemption',
  run,
};
