import type { Band } from '@precedent/kernel';

/** The types of tasks that the benchmarks' worker runs. */
export const TASKS = {
  /** Ends at once. */
  noop: 'bench.noop',
  /** Waits for the milliseconds in its payload. */
  hold: 'bench.hold',
  /** Notes how long after the moment in its payload its handler started. */
  mark: 'bench.mark',
  /** Resolves to how long after the moment in its payload its handler started. */
  delay: 'bench.delay',
  /** The same two in a thread of their own. */
  isolatedNoop: 'bench.isolated.noop',
  isolatedDelay: 'bench.isolated.delay',
  /** Blocks its thread for ever. */
  isolatedBlock: 'bench.isolated.block',
  /** Works in units, with checkpoints, and tells of each of its runs. */
  steps: 'bench.steps',
} as const;

/** The tasks that most benchmarks submit: as small as a task can be and still differ from the next. */
export const noopSpec = (n: number, band: Band = 'normal', type: string = TASKS.noop) => ({
  type,
  band,
  payload: { n },
});

/** The id of the n-th task, which submitter and reader compute alike. */
export const taskId = (n: number): string => `bench-${n}`;
