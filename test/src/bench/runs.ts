import type { Figures } from './stats.ts';

/** The payload of a task of the steps worker. Its work is counted in units, so that work done twice can be counted too. */
export interface StepsPayload {
  /** When it was handed to the client; milliseconds of `monotonicMs`. */
  readonly sentAt: number;
  readonly units: number;
  readonly unitMs: number;
  /** A checkpoint after so many units; 0: none. */
  readonly every: number;
}

/** One run of a task, as its handler reports it. Milliseconds of `monotonicMs`. */
export interface Run {
  readonly task: string;
  readonly sentAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Units that earlier runs had made durable. */
  readonly from: number;
  /** Units begun in this run. */
  readonly worked: number;
  /** Units, all in all, that were durable when it ended. */
  readonly durable: number;
  readonly units: number;
  readonly unitMs: number;
  readonly end: 'completed' | 'preempted' | 'stopped';
}

/** All runs of one task. */
export interface TaskRuns {
  readonly task: string;
  readonly completed: boolean;
  /** From submission to the first start. Milliseconds, as all that follows. */
  readonly waitMs: number;
  /** From submission to the end of the last run. */
  readonly turnaroundMs: number;
  /** In a slot, all runs together. */
  readonly heldMs: number;
  readonly preemptions: number;
  /** Useful work: what is done, and was done only once. */
  readonly usefulMs: number;
  /** Done and to be done again. */
  readonly lostMs: number;
}

/** The runs, task by task, in the order of the first starts. */
export const tasksOf = (runs: readonly Run[]): TaskRuns[] => {
  const byTask = Map.groupBy(
    runs.toSorted((a, b) => a.startedAt - b.startedAt),
    ({ task }) => task,
  );
  return [...byTask].flatMap(([task, mine]) => {
    const [first, last] = [mine[0], mine.at(-1)];
    return first === undefined || last === undefined ? [] : [taskOf(task, mine, { first, last })];
  });
};

const taskOf = (
  task: string,
  runs: readonly Run[],
  { first, last }: { readonly first: Run; readonly last: Run },
): TaskRuns => {
  const lostUnits = runs.reduce((sum, run, at) => sum + lostOf(run, runs[at + 1]), 0);
  const workedUnits = runs.reduce((sum, { worked }) => sum + worked, 0);
  return {
    task,
    completed: last.end === 'completed',
    waitMs: first.startedAt - first.sentAt,
    turnaroundMs: last.endedAt - first.sentAt,
    heldMs: runs.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0),
    preemptions: runs.filter(({ end }) => end === 'preempted').length,
    usefulMs: (workedUnits - lostUnits) * first.unitMs,
    lostMs: lostUnits * first.unitMs,
  };
};

/**
 * Units that are done again: where the next run began says it, whatever this run believed to be durable. One that was
 * preempted and has not gone on yet can only be believed.
 */
const lostOf = ({ from, worked, durable, end }: Run, next: Run | undefined): number => {
  if (next !== undefined) return from + worked - next.from;
  return end === 'preempted' ? from + worked - durable : 0;
};

/** What preemption cost: places taken, and work that is done again, also in percent of the useful work. */
export const lossOf = (tasks: readonly TaskRuns[]): Figures => {
  const sum = (of: (task: TaskRuns) => number): number => tasks.reduce((all, task) => all + of(task), 0);
  const [lostMs, usefulMs] = [sum((task) => task.lostMs), sum((task) => task.usefulMs)];
  return {
    victims: sum((task) => task.preemptions),
    lost_work_ms: lostMs,
    lost_work_pct: usefulMs === 0 ? 0 : (100 * lostMs) / usefulMs,
  };
};
