import type { TaskTelemetryEvent } from '@precedent/ports';
import type { Checkpoint, TaskRow } from '@precedent/tasks';
import { errorCodeOf, outcomeOf, resumedFrom, victimEndOf } from '../run-end.ts';
import type { RunOutcome, TaskEnded } from '../run-end.ts';
import { currentRunOf, decisionOf, partOf, runOf, submitOf } from './ids.ts';
import { TICK_MS, messaging } from './span.ts';
import type { SpanAttributes, SpanLink, SpanRecord } from './span.ts';

type Told<Name extends TaskTelemetryEvent['name']> = Extract<TaskTelemetryEvent, { name: Name }>;

/** What is reported of the queue at the end of a run. */
const SETTLES: Readonly<Record<RunOutcome, 'ack' | 'nack' | 'requeue'>> = {
  completed: 'ack',
  failed: 'nack',
  cancelled: 'nack',
  timed_out: 'nack',
  retrying: 'requeue',
  preempted: 'requeue',
  suspended: 'requeue',
  lost: 'requeue',
  returned: 'requeue',
  yielded: 'requeue',
};

/**
 * The run that has ended, from its lease to its end, and what its end was for the queue. It is in the trace of its submitter and linked to
 * where it was submitted, but not below it: it goes on after that has ended, and backends take that for clocks that differ.
 */
export const runSpans = (event: TaskEnded, cell: string): readonly SpanRecord[] => {
  const { task, run, record } = event;
  const ref = currentRunOf(task, run);
  const code = errorCodeOf(event);
  const startAt = run.startedAt ?? record.at;
  const endAt = Math.max(record.at, startAt + TICK_MS);
  const process: SpanRecord = {
    name: `process tasks.${task.class.band}`,
    kind: 'consumer',
    ref,
    startAt,
    endAt,
    attributes: runAttributes(event),
    links: runLinks(event, cell),
    events: [],
    ...(code !== undefined && { error: code }),
  };
  return [process, settleSpan(event, process)];
};

const runAttributes = (event: TaskEnded): SpanAttributes => {
  const { task, run, lostMs } = event;
  const isFirst = task.epoch === 1 && run.startedAt !== undefined && run.thaws === undefined;
  return {
    ...messaging('process', 'process', task.class.band),
    ...taskAttributes(task),
    'precedent.task.epoch': task.epoch,
    'precedent.task.attempt': task.attempt,
    'precedent.worker.name': run.worker,
    'precedent.worker.session': run.session,
    'precedent.run.outcome': outcomeOf(event.record),
    'precedent.task.wait_ms': isFirst ? (run.startedAt ?? 0) - task.submittedAt : undefined,
    'precedent.decision.id': run.preempt?.decision,
    'precedent.victim.outcome': victimEndOf(event),
    'precedent.victim.lost_ms': run.preempt ? lostMs : undefined,
    'error.type': errorCodeOf(event),
  };
};

/** What every span about a task says of it. */
export const taskAttributes = ({ id, class: kind }: TaskRow): SpanAttributes => ({
  'messaging.message.id': id,
  'precedent.task.id': id,
  'precedent.task.type': kind.type,
  'precedent.task.band': kind.band,
  'precedent.pool': kind.pool,
  'precedent.namespace': kind.namespace,
  'precedent.project': kind.project,
});

const runLinks = ({ task, run, ranBeforeMs }: TaskEnded, cell: string): SpanLink[] => {
  const submit = submitOf(task);
  const links: SpanLink[] = submit ? [{ to: submit, type: 'submit' }] : [];
  if (run.thaws) {
    links.push({ to: runOf(task, task.epoch, run.thaws - 1), type: 'resumed_from' });
  } else if (task.epoch > 1) {
    links.push({ to: runOf(task, task.epoch - 1), type: ranBeforeMs > 0 ? 'resumed_from' : 'retry_of' });
  }
  if (run.preempt) links.push({ to: decisionOf(cell, run.preempt.decision), type: 'preempted_by' });
  return links;
};

/** The last moment of the run: a span that begins at the end of its parent would be outside of it. */
const settleSpan = ({ task, record }: TaskEnded, { ref: run, endAt }: SpanRecord): SpanRecord => {
  const { band } = task.class;
  const operation = SETTLES[outcomeOf(record)];
  return {
    name: `${operation} tasks.${band}`,
    kind: 'client',
    ref: partOf(run, 'settle'),
    parent: run,
    startAt: endAt - TICK_MS,
    endAt,
    attributes: {
      ...messaging(operation, 'settle', band),
      ...taskAttributes(task),
      'precedent.task.state': task.state,
    },
    links: [],
    events: [],
  };
};

/** A run goes on with an interrupted attempt. It is emitted at once: a run may last for hours. */
export const resumeSpan = ({ task, at }: Told<'task.started'>, cell: string): SpanRecord => {
  const { durable, epoch } = task;
  const { thaws = 0 } = task.run;
  const run = currentRunOf(task);
  const checkpoint = thaws > 0 ? undefined : durable.checkpoints[0];
  const before = thaws > 0 ? runOf(task, epoch, thaws - 1) : runOf(task, epoch - 1);
  const links: SpanLink[] = [{ to: before, type: 'resumed_from' }];
  if (durable.decision !== undefined)
    links.push({ to: decisionOf(cell, durable.decision), type: 'preempted_by' });
  return {
    name: `resume ${task.class.type}`,
    kind: 'internal',
    ref: partOf(run, 'resume'),
    parent: run,
    startAt: at,
    endAt: at,
    attributes: {
      ...taskAttributes(task),
      'precedent.task.epoch': epoch,
      'precedent.resume.from': resumedFrom(task),
      'precedent.resume.segments': durable.segments,
      'precedent.resume.ran_ms': durable.ranMs,
      'precedent.resume.preempt_count': durable.preemptions,
      'precedent.resume.undo_count': durable.rollbacks.length,
      ...(checkpoint && checkpointAttributes(checkpoint)),
    },
    links,
    events: [],
  };
};

export const checkpointAttributes = ({
  epoch,
  seq,
  hash,
  bytes,
  version,
  fraction,
}: Checkpoint): SpanAttributes => ({
  'precedent.checkpoint.id': `${epoch}-${seq}`,
  'precedent.checkpoint.hash': hash,
  'precedent.checkpoint.bytes': bytes,
  'precedent.checkpoint.version': version,
  'precedent.checkpoint.fraction': fraction,
});

/** A checkpoint, or a rollback action that was carried out; that one was announced is no span. */
export const stepSpan = ({
  task,
  step,
  at,
  ms,
  rollback,
}: Told<'task.step_recorded'>): SpanRecord | undefined => {
  if (step.kind === 'undo') return undefined;
  const run = step.epoch === task.epoch ? currentRunOf(task) : runOf(task, step.epoch);
  const common = { kind: 'internal', parent: run, startAt: at, endAt: at + ms, events: [] } as const;
  const ofTask = { ...taskAttributes(task), 'precedent.task.epoch': step.epoch };
  if (step.kind === 'checkpoint') {
    return {
      ...common,
      name: `checkpoint ${task.class.type}`,
      ref: partOf(run, `checkpoint ${step.seq}`),
      attributes: { ...ofTask, ...checkpointAttributes(step) },
      links: [],
    };
  }
  const { of, ofEpoch, error } = step;
  return {
    ...common,
    name: `rollback ${task.class.type}`,
    ref: partOf(run, `rollback ${ofEpoch}-${of}`),
    attributes: {
      ...ofTask,
      'precedent.rollback.action': rollback?.name,
      'precedent.rollback.id': `${ofEpoch}-${of}`,
      'precedent.rollback.ok': error === undefined,
      'error.type': error?.code,
    },
    links: [{ to: runOf(task, ofEpoch), type: 'undoes' }],
    // Somebody has to look: this is a failure, unlike the preemption that it follows from.
    ...(error && { error: error.code }),
  };
};
