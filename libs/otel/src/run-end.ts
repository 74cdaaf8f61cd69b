import type { TaskTelemetryEvent } from '@precedent/ports';
import type { ChangeRecord, TaskRow, VictimEnd } from '@precedent/tasks';

/** How a run ended. */
export type RunOutcome =
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'timed_out'
  | 'retrying'
  | 'preempted'
  | 'suspended'
  | 'lost'
  | 'returned'
  | 'yielded';

export type TaskEnded = Extract<TaskTelemetryEvent, { name: 'task.ended' }>;

/** The outcome, from the record that ended the lease. A task that is skipped had none. */
export const outcomeOf = (record: ChangeRecord): RunOutcome => {
  switch (record.kind) {
    case 'settled':
      return record.state === 'skipped' ? 'returned' : record.state;
    case 'requeued':
      return record.why;
    case 'preempted':
    case 'suspended':
      return record.kind;
    default:
      return 'retrying';
  }
};

/** How the run of a victim ended; `undefined` for other tasks, and for a victim whose end was reported when it was suspended. */
export const victimEndOf = ({ record, run }: TaskEnded): VictimEnd | undefined => {
  if (run.preempt === undefined || run.preempt.frozen) return undefined;
  if (record.kind === 'suspended') return 'suspended';
  return 'end' in record ? record.end : undefined;
};

/** The error that a run ended with. An end by preemption is none. */
export const errorCodeOf = ({ record, task }: TaskEnded): string | undefined => {
  if (record.kind === 'retrying') return record.error.code;
  if (record.kind === 'settled') return record.error?.code;
  return record.kind === 'requeued' && record.why === 'lost'
    ? (task.run.error?.code ?? 'WORKER_LOST')
    : undefined;
};

/** Milliseconds of the run. */
export const ranMsOf = ({ run, record }: TaskEnded): number =>
  Math.max(0, record.at - (run.startedAt ?? record.at));

/** From where a run goes on: a suspended run goes on where it was frozen. */
export const resumedFrom = ({ run, durable }: TaskRow): 'suspended' | 'checkpoint' | 'start' => {
  if (run.thaws) return 'suspended';
  return durable.checkpoints.length > 0 ? 'checkpoint' : 'start';
};
