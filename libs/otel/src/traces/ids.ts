import { hash } from 'node:crypto';
import { cutText } from '@precedent/kernel';
import type { TaskRow, TaskRun } from '@precedent/tasks';

/** Names a span, wherever it was made. */
export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** What a submitter sent along. */
export interface TraceContext extends SpanRef {
  readonly sampled: boolean;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** The W3C trace context, or `undefined` when the text is none: a submitter that sends another text gets a trace of the task's own. */
export const parseTraceparent = (text: string): TraceContext | undefined => {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** The W3C trace context of what is to be below a span that is written. */
export const traceparentOf = ({ traceId, spanId }: SpanRef): string => `00-${traceId}-${spanId}-01`;

/** The trace stands last in a body, and is short; one further in front is part of a payload. */
const TAIL_CHARS = 160;

/** The context in which a task was submitted. */
export const submitOf = ({ body }: TaskRow): TraceContext | undefined => {
  const [, text] = /"traceparent":"([^"]*)"}$/.exec(body.slice(-TAIL_CHARS)) ?? [];
  return text === undefined ? undefined : parseTraceparent(text);
};

/** The span of the run that a task is in, or was in last: a lease that is thawed has another one from then on. */
export const currentRunOf = (task: TaskRow, { thaws = 0 }: TaskRun = task.run): SpanRef =>
  runOf(task, task.epoch, thaws);

/**
 * The span of one run of a task. It follows from what everybody knows of the task, so that a decision can point at a run
 * that still goes on, and a resume at one that an engine before this one has seen the end of.
 */
export const runOf = (task: TaskRow, epoch: number, thaws = 0): SpanRef => {
  const key = `${task.id} ${task.submittedAt}`;
  const { traceId = hexOf(`task ${key}`, 32) } = submitOf(task) ?? {};
  const run = thaws === 0 ? epoch : `${epoch} ${thaws}`;
  return { traceId, spanId: hexOf(`run ${key} ${run}`, 16) };
};

/** Of an id that begins with its time. */
const TIME_CHARS = 10;

/** The span of a decision. All decisions of a round are in one trace: they have the same time. */
export const decisionOf = (cell: string, id: string): SpanRef => ({
  traceId: hexOf(`round ${cell} ${cutText(id, TIME_CHARS)}`, 32),
  spanId: hexOf(`decision ${cell} ${id}`, 16),
});

/** The span of a round for one pool. `first` is the first decision of the round. */
export const roundOf = (cell: string, first: string, pool: string): SpanRef => ({
  traceId: decisionOf(cell, first).traceId,
  spanId: hexOf(`round ${cell} ${first} ${pool}`, 16),
});

/** The span of something smaller within a run. */
export const partOf = (run: SpanRef, what: string): SpanRef => ({
  traceId: run.traceId,
  spanId: hexOf(`${run.spanId} ${what}`, 16),
});

const hexOf = (text: string, digits: 16 | 32): string => hash('sha256', text, 'hex').slice(0, digits);
