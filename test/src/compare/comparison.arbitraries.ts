import type { LoadRun } from '../bench/mixed-load.ts';
import type { TaskRuns } from '../bench/runs.ts';
import type { Comparison } from './summary.ts';

export const aTask = (given: Partial<TaskRuns> = {}): TaskRuns => ({
  task: 'a',
  completed: true,
  waitMs: 4,
  turnaroundMs: 60,
  heldMs: 50,
  preemptions: 0,
  usefulMs: 1_000,
  lostMs: 0,
  ...given,
});

const aLoad = (urgentWaits: readonly number[], lowTasks: readonly Partial<TaskRuns>[]): LoadRun => ({
  urgent: urgentWaits.map((waitMs) => aTask({ waitMs, turnaroundMs: waitMs + 50 })),
  low: lowTasks.map(aTask),
  ms: 10_000,
});

export const aComparison = (): Comparison => ({
  without: aLoad([120, 900, 2_400], [{ waitMs: 100, turnaroundMs: 3_000 }, { turnaroundMs: 6_000 }]),
  with: aLoad(
    [3.14, 4.2, 15],
    [
      { waitMs: 100, turnaroundMs: 4_000, preemptions: 2, lostMs: 30 },
      { turnaroundMs: 14_400, lostMs: 0 },
    ],
  ),
});
