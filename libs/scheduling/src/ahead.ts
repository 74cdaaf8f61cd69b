/** How fast the slots of a worker change their tasks. Milliseconds. */
export interface Turnover {
  readonly slots: number;
  /** Mean run time of the tasks that ended there last; `undefined` while too few have ended. */
  readonly runMs: number | undefined;
  /** Since the last task ended there. */
  readonly quietMs: number;
  /** From the end of a task to the start of the next one, when the engine has to assign it first. */
  readonly turnaroundMs: number;
}

/** A gap between two tasks that is a smaller share of their run time is not worth a task assigned ahead. Percent. */
const NEGLIGIBLE_PERCENT = 2;
/** Tasks do not end one by one: as many times the expected number may end within one turnaround. */
const BURST = 3;

/**
 * How many tasks should wait at a worker for its next free slots: as many as may end there before the engine could assign others, and no more
 * than it has slots. None where the gap is negligible: tasks run long, nothing has ended for long, or nothing is known.
 */
export const aheadMax = ({ slots, runMs, quietMs, turnaroundMs }: Turnover): number => {
  if (runMs === undefined) return 0;
  const eachMs = Math.max(1, runMs, quietMs);
  if (turnaroundMs * 100 < eachMs * NEGLIGIBLE_PERCENT) return 0;
  return Math.min(slots, 1 + Math.ceil((BURST * slots * turnaroundMs) / eachMs));
};

/** From when on `aheadMax` is 0 if no task ends any more. Milliseconds since the last end. */
export const quietMsMax = (turnaroundMs: number): number => (turnaroundMs * 100) / NEGLIGIBLE_PERCENT;
