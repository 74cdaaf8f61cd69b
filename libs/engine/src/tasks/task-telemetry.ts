import type { Telemetry } from '@precedent/ports';
import { isAssignedAhead, isLeased } from '@precedent/tasks';
import type { ChangeRecord, DurableState, TaskRow, TaskRun, TaskStateName } from '@precedent/tasks';

/** A task before a record was applied to it. */
export interface TaskBefore {
  readonly state: TaskStateName;
  readonly run: TaskRun;
  readonly durable: DurableState;
  /** Work that this change loses because of a preemption. Milliseconds. */
  readonly lostMs: number;
}

/** Emits telemetry for what a record has changed. Every task passes here, so it allocates the events and nothing else. */
export const reportChange = (
  telemetry: Telemetry,
  task: TaskRow,
  before: TaskBefore,
  record: ChangeRecord,
): void => {
  const { run } = before;
  const { at } = record;
  if (record.kind === 'leased') {
    // What is assigned ahead starts later.
    if (record.ahead) return;
    telemetry.emit({ name: 'task.started', task, at, resumed: before.durable.resuming });
    return;
  }
  if (record.kind === 'preempting') {
    const { decision, mode, deadline } = record;
    const order = { decision, mode, deadline };
    telemetry.emit({ name: 'task.preempting', task, at, order, before: run.preempt });
    return;
  }
  if (record.kind === 'resumed') {
    telemetry.emit({ name: 'task.started', task, at, resumed: true });
    return;
  }
  // A victim that changes its band stays one.
  if (record.kind === 'rebanded') return;
  if (isLeased(task.state) && record.kind !== 'suspended')
    return reportNotPreempted(telemetry, task, before, record);
  // The end of the run was emitted when the task was suspended.
  if (isLeased(before.state) && before.state !== 'suspended' && !isAssignedAhead(before)) {
    const { lostMs, durable } = before;
    telemetry.emit({ name: 'task.ended', task, run, record, ranBeforeMs: durable.ranMs, lostMs });
  }
  if (record.kind === 'settled') telemetry.emit({ name: 'task.settled', task, record });
};

/** The task still has its lease: if it was a victim, it is none any more. */
const reportNotPreempted = (
  telemetry: Telemetry,
  task: TaskRow,
  { run }: TaskBefore,
  { kind, at }: ChangeRecord,
): void => {
  if (run.preempt === undefined || run.preempt.frozen) return;
  const why = kind === 'spared' ? 'not_yielded' : 'stopped';
  telemetry.emit({ name: 'task.preemption_withdrawn', task, at, order: run.preempt, why });
};
