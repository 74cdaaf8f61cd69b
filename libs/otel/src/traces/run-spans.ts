import type { TaskTelemetryEvent } from '@precedent/ports';
import type { Checkpoint, TaskRow } from '@precedent/tasks';
import { errorCodeOf, outcomeOf, resumedFrom, victimEndOf } from '../run-end.ts';
import type { RunOutcome, TaskEnded } from '../run-end.ts';
import { currentRunSpanRef, decisionSpanRef, childSpanRef, runSpanRef, submitContextOf } from './ids.ts';
import { SPAN_MIN_MS, messaging } from './span.ts';
import type { SpanAttributes, SpanLink, SpanRecord } from './span.ts';

type EventOf<Name extends TaskTelemetryEvent['name']> = Extract<TaskTelemetryEvent, { name: Name }>;

/** What the end of a run means for the queue, in messaging terms. */
const SETTLE_OPERATIONS: Readonly<Record<RunOutcome, 'ack' | 'nack' | 'requeue'>> = {
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
 * The spans of a run that has ended: the run, from its lease to its end, and what its end meant for the queue. The run is in the trace of
 * its submitter and linked to the submitting span, but not its child: it outlives that span, which backends take for clock skew.
 */
export const runSpans = (event: TaskEnded, cell: string): readonly SpanRecord[] => {
  const { task, run, record } = event;
  const ref = currentRunSpanRef(task, run);
  const code = errorCodeOf(event);
  const startAt = run.startedAt ?? record.at;
  const endAt = Math.max(record.at, startAt + SPAN_MIN_MS);
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

/** The attributes that every span about a task has. */
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
  const submit = submitContextOf(task);
  const links: SpanLink[] = submit ? [{ to: submit, type: 'submit' }] : [];
  if (run.thaws) {
    links.push({ to: runSpanRef(task, task.epoch, run.thaws - 1), type: 'resumed_from' });
  } else if (task.epoch > 1) {
    links.push({ to: runSpanRef(task, task.epoch - 1), type: ranBeforeMs > 0 ? 'resumed_from' : 'retry_of' });
  }
  if (run.preempt) links.push({ to: decisionSpanRef(cell, run.preempt.decision), type: 'preempted_by' });
  return links;
};

/** The settle span is the last moment of the run: a span that starts when its parent ends would be outside of it. */
const settleSpan = ({ task, record }: TaskEnded, { ref: run, endAt }: SpanRecord): SpanRecord => {
  const { band } = task.class;
  const operation = SETTLE_OPERATIONS[outcomeOf(record)];
  return {
    name: `${operation} tasks.${band}`,
    kind: 'client',
    ref: childSpanRef(run, 'settle'),
    parent: run,
    startAt: endAt - SPAN_MIN_MS,
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

/** A run goes on with an interrupted attempt. This span is written when it starts, because the run may last for hours. */
export const resumeSpan = ({ task, at }: EventOf<'task.started'>, cell: string): SpanRecord => {
  const { durable, epoch } = task;
  const { thaws = 0 } = task.run;
  const run = currentRunSpanRef(task);
  const checkpoint = thaws > 0 ? undefined : durable.checkpoints[0];
  const before = thaws > 0 ? runSpanRef(task, epoch, thaws - 1) : runSpanRef(task, epoch - 1);
  const links: SpanLink[] = [{ to: before, type: 'resumed_from' }];
  if (durable.decision !== undefined)
    links.push({ to: decisionSpanRef(cell, durable.decision), type: 'preempted_by' });
  return {
    name: `resume ${task.class.type}`,
    kind: 'internal',
    ref: childSpanRef(run, 'resume'),
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

/** The span of a checkpoint, or of a rollback action that was carried out; none when a rollback action is registered. */
export const stepSpan = ({
  task,
  step,
  at,
  ms,
  rollback,
}: EventOf<'task.step_recorded'>): SpanRecord | undefined => {
  if (step.kind === 'undo') return undefined;
  const run = step.epoch === task.epoch ? currentRunSpanRef(task) : runSpanRef(task, step.epoch);
  const common = { kind: 'internal', parent: run, startAt: at, endAt: at + ms, events: [] } as const;
  const ofTask = { ...taskAttributes(task), 'precedent.task.epoch': step.epoch };
  if (step.kind === 'checkpoint') {
    return {
      ...common,
      name: `checkpoint ${task.class.type}`,
      ref: childSpanRef(run, `checkpoint ${step.seq}`),
      attributes: { ...ofTask, ...checkpointAttributes(step) },
      links: [],
    };
  }
  const { of, ofEpoch, error } = step;
  return {
    ...common,
    name: `rollback ${task.class.type}`,
    ref: childSpanRef(run, `rollback ${ofEpoch}-${of}`),
    attributes: {
      ...ofTask,
      'precedent.rollback.action': rollback?.name,
      'precedent.rollback.id': `${ofEpoch}-${of}`,
      'precedent.rollback.ok': error === undefined,
      'error.type': error?.code,
    },
    links: [{ to: runSpanRef(task, ofEpoch), type: 'undoes' }],
    // Unlike the preemption before it, this is a failure: an operator has to act.
    ...(error && { error: error.code }),
  };
};
