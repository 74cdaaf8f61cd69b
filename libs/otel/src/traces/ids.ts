import { hash } from 'node:crypto';
import { cutText } from '@precedent/kernel';
import type { TaskRow, TaskRun } from '@precedent/tasks';

/** The ids of a span. */
export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** The trace context that a submitter sent. */
export interface TraceContext extends SpanRef {
  readonly sampled: boolean;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** The trace context in a W3C `traceparent`; `undefined` for any other text: then the task gets a trace of its own. */
export const parseTraceparent = (text: string): TraceContext | undefined => {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** The `traceparent` for children of a sampled span. */
export const traceparentText = ({ traceId, spanId }: SpanRef): string => `00-${traceId}-${spanId}-01`;

/** The trace is the last field of a body, and short; a `traceparent` before the end is part of a payload. */
const TAIL_CHARS = 160;

/** The context in which a task was submitted. */
export const submitContextOf = ({ body }: TaskRow): TraceContext | undefined => {
  const [, text] = /"traceparent":"([^"]*)"}$/.exec(body.slice(-TAIL_CHARS)) ?? [];
  return text === undefined ? undefined : parseTraceparent(text);
};

/** The span of the current or last run of a task. A lease that is resumed after a suspension has another span from then on. */
export const currentRunSpanRef = (task: TaskRow, { thaws = 0 }: TaskRun = task.run): SpanRef =>
  runSpanRef(task, task.epoch, thaws);

/**
 * The span of one run of a task. Its ids are hashes of fields of the task, so a decision can link to a run that still goes on, and a resumed
 * run to one that ended under an earlier engine.
 */
export const runSpanRef = (task: TaskRow, epoch: number, thaws = 0): SpanRef => {
  const key = `${task.id} ${task.submittedAt}`;
  const { traceId = hexOf(`task ${key}`, 32) } = submitContextOf(task) ?? {};
  const run = thaws === 0 ? epoch : `${epoch} ${thaws}`;
  return { traceId, spanId: hexOf(`run ${key} ${run}`, 16) };
};

/** The time part of a decision id. */
const TIME_CHARS = 10;

/** The span of a decision. All decisions of a round are in one trace: they have the same time. */
export const decisionSpanRef = (cell: string, id: string): SpanRef => ({
  traceId: hexOf(`round ${cell} ${cutText(id, TIME_CHARS)}`, 32),
  spanId: hexOf(`decision ${cell} ${id}`, 16),
});

/** The span of a round for one pool. `first` is the first decision of the round. */
export const roundSpanRef = (cell: string, first: string, pool: string): SpanRef => ({
  traceId: decisionSpanRef(cell, first).traceId,
  spanId: hexOf(`round ${cell} ${first} ${pool}`, 16),
});

/** The span of a step within a run. */
export const childSpanRef = (run: SpanRef, what: string): SpanRef => ({
  traceId: run.traceId,
  spanId: hexOf(`${run.spanId} ${what}`, 16),
});

const hexOf = (text: string, digits: 16 | 32): string => hash('sha256', text, 'hex').slice(0, digits);
