import { hash53 } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { TaskRow } from '@precedent/tasks';

/** Names the state of a task: another one after every change but progress, and the same after a restart of the engine. */
export const revisionOf = (row: TaskRow): string => {
  const { state, epoch, attempt, retries, losses, run, durable } = row;
  const { band, submittedBand } = row.class;
  const [checkpoint] = durable.checkpoints;
  const counts = [epoch, attempt, retries, losses, durable.preemptions, checkpoint?.epoch, checkpoint?.seq];
  const moved = submittedBand === undefined ? [] : [band];
  const facts = [state, ...counts, run.stop, run.startedAt, run.dueAt, run.settledAt, ...moved];
  return hash53(facts.join(' ')).toString(36);
};

/** Why a task is not changed: it has another revision than its client expects. */
export const changedSince = (row: TaskRow, expected: string | undefined): Problem | undefined => {
  const revision = revisionOf(row);
  if (expected === undefined || expected === revision) return undefined;
  return {
    code: 'PRECONDITION_FAILED',
    message: `task ${row.id} is ${row.state}, and has the revision ${revision}, not ${expected}`,
    details: { revision },
  };
};
