import { REDRIVABLE } from '@precedent/contract-types';
import type { TaskView } from '@precedent/contract-types';
import { formatIn, defined } from '@precedent/kernel';
import { redriveIdOf } from '@precedent/ports';
import {
  isAssignedAhead,
  isLeased,
  publicStateOf,
  redriveIn,
  shownRedrive,
  startedAttemptsOf,
  taskTitleOf,
} from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import { waitsFor } from '../dependencies/waits-for.ts';
import { limitWait } from '../limits/limit-wait.ts';
import { revisionOf } from './task-revision.ts';
import { unfitText, waitReasonOf } from '../explain/wait-reason.ts';

export type TaskViewsParts = Pick<BaseParts, 'clock' | 'fleet' | 'queueClasses' | 'progress' | 'state'>;

/** The views of tasks that clients see, with the reason why a task waits. Fields that do not apply are absent. */
export class TaskViews {
  readonly #parts: TaskViewsParts;

  constructor(parts: TaskViewsParts) {
    this.#parts = parts;
  }

  of(row: TaskRow): TaskView {
    const progress = isLeased(row.state) ? this.#parts.progress.get(row.id) : undefined;
    return { ...viewOf(row, this.#waitingOf(row), progress), ...this.#redriveOf(row) };
  }

  /** The links between a task and its repetition. */
  #redriveOf({ id, body, state }: TaskRow): Pick<TaskView, 'redriveOf' | 'redrivenAs'> {
    const of = redriveIn(body);
    const next = REDRIVABLE.some((one) => one === state) ? redriveIdOf(id) : undefined;
    const isThere = next !== undefined && this.#parts.state.table.isKnown(next);
    return {
      ...(of && { redriveOf: shownRedrive(of) }),
      ...(isThere && { redrivenAs: next }),
    };
  }

  #waitingOf(row: TaskRow): Pick<TaskView, 'waiting'> {
    const { clock, fleet, queueClasses } = this.#parts;
    const due = formatIn(Math.max(0, (row.run.dueAt ?? 0) - clock.now()));
    if (row.state === 'retrying')
      return { waiting: { reason: 'backoff', detail: `retry ${row.retries} is due ${due}` } };
    if (row.state === 'suspended') {
      const detail = `it is suspended on worker ${row.run.worker}, and goes on there when a slot is free for it`;
      return { waiting: { reason: 'preempted', detail } };
    }
    if (row.state === 'preempted')
      return { waiting: { reason: 'preempted', detail: `it gave up its slot, and may run again ${due}` } };
    if (row.state === 'waiting')
      return { waiting: { reason: 'dependencies', detail: `it waits for ${waitsFor(row)}` } };
    if (isAssignedAhead(row)) return { waiting: { reason: 'assigned', detail: assignedText(row) } };
    if (row.state !== 'queued') return {};
    const limited = limitWait(row, clock.now());
    if (limited !== undefined) return { waiting: { reason: 'limit', detail: limited } };
    const queueClass = queueClasses.of(row.class);
    const waiting = waitReasonOf(fleet.eligible(queueClass), row.class, clock.now());
    return { waiting: waiting ?? { reason: 'no_worker', detail: unfitText(fleet, queueClass) } };
  }
}

/** Where a task waits that was assigned ahead. */
export const assignedText = ({ run }: TaskRow): string =>
  `it is assigned to worker ${run.worker}, and starts there when a slot is free`;

const viewOf = (
  row: TaskRow,
  waiting: Pick<TaskView, 'waiting'>,
  progress: TaskView['progress'],
): TaskView => {
  const { class: kind, run } = row;
  return {
    id: row.id,
    namespace: kind.namespace,
    project: kind.project,
    ...taskTitleOf(row.body),
    type: kind.type,
    band: kind.band,
    ...defined({ submittedBand: kind.submittedBand }),
    pool: kind.pool,
    ...(Object.keys(kind.labels).length > 0 && { labels: kind.labels }),
    ...(kind.security !== undefined && { security: kind.security }),
    ...(kind.by !== undefined && { submittedBy: kind.by.name }),
    ...defined({ signedBy: kind.by?.signer }),
    revision: revisionOf(row),
    state: publicStateOf(row),
    ...(row.state === 'stopping' && run.stop && { stopping: run.stop }),
    ...(row.state === 'preempting' && { stopping: 'preempt' as const }),
    ...waiting,
    attempt: startedAttemptsOf(row),
    retries: row.retries,
    submittedAt: row.submittedAt,
    ...defined({ specDigest: row.digest }),
    ...defined({ startedAt: run.startedAt, dueAt: run.dueAt, settledAt: run.settledAt, worker: run.worker }),
    ...(progress && { progress }),
    ...durableFieldsOf(row),
    ...defined({ result: run.result, error: run.error }),
  };
};

const durableFieldsOf = ({
  durable,
}: TaskRow): Pick<TaskView, 'preemptions' | 'checkpoint' | 'rollbackFailed'> => {
  const latest = durable.checkpoints[0];
  return {
    ...(durable.preemptions > 0 && { preemptions: durable.preemptions }),
    ...(latest && {
      checkpoint: { epoch: latest.epoch, seq: latest.seq, at: latest.at, bytes: latest.bytes },
    }),
    ...(durable.failedRollbacks.length > 0 && {
      rollbackFailed: durable.failedRollbacks.map(({ rollback, error }) => ({ name: rollback.name, error })),
    }),
  };
};
