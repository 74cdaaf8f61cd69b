import { LIMITS, taskSpecSchema, isTraceparent } from '@precedent/contracts';
import type { CheckedSpec } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import { DEPTH_MAX, isTooDeep } from './depth.ts';
import { problemFromZod } from './zod-problem.ts';

export type Checked = { readonly task: CheckedSpec } | { readonly problem: Problem };

const FIELDS = Object.keys(taskSpecSchema.shape);

/** Where a task came from: the size of the message that held it, and the trace that its sender is part of. */
export interface Envelope {
  readonly bytes: number;
  readonly traceparent?: string | undefined;
}

/** Checks one task as it arrived at a door. Sizes are only measured where the message is large enough to break a limit. */
export const checkTask = (value: unknown, { bytes, traceparent }: Envelope): Checked => {
  if (isTooDeep(value, bytes)) return { problem: tooDeep };
  const checked = taskSpecSchema.safeParse(value);
  if (!checked.success)
    return { problem: problemFromZod(checked.error, value, { code: 'INVALID_TASK', fields: FIELDS }) };
  const task = checked.data;
  const tooLarge = bytes > LIMITS.payloadBytes ? sizeProblem(task) : undefined;
  if (tooLarge) return { problem: tooLarge };
  // W3C Trace Context: what is no traceparent is ignored, as if there were none.
  const isTraced = task.traceparent !== undefined || !traceparent || !isTraceparent(traceparent);
  return { task: isTraced ? task : { ...task, traceparent } };
};

const tooDeep: Problem = {
  code: 'INVALID_TASK',
  message: `task: nested deeper than ${DEPTH_MAX} levels`,
  issues: [{ field: 'task', message: `nested deeper than ${DEPTH_MAX} levels` }],
};

const sizeProblem = (task: CheckedSpec): Problem | undefined => {
  const payload = task.payload === undefined ? 0 : jsonBytes(task.payload);
  if (payload > LIMITS.payloadBytes) return tooLarge('payload', payload, LIMITS.payloadBytes);
  const whole = jsonBytes(task);
  return whole > LIMITS.taskBytes ? tooLarge('task', whole, LIMITS.taskBytes) : undefined;
};

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const tooLarge = (field: string, bytes: number, limit: number): Problem => {
  const message = `${bytes} of at most ${limit} bytes`;
  return { code: 'PAYLOAD_TOO_LARGE', message: `${field}: ${message}`, issues: [{ field, message }] };
};

/** The tasks of a message: `isList` tells whether they came as an array, and are to be answered as one. */
export type Parsed =
  | { readonly values: readonly unknown[]; readonly isList: boolean }
  | { readonly problem: Problem };

/** Reads a message as one task or as an array of tasks. */
export const parseTasks = (text: string): Parsed => {
  const value = parse(text);
  if (value === undefined) return { problem: { code: 'INVALID_TASK', message: 'the message is not JSON' } };
  if (!Array.isArray(value)) return { values: [value], isList: false };
  if (value.length <= LIMITS.tasksPerSubmission) return { values: value, isList: true };
  const message = `${value.length} of at most ${LIMITS.tasksPerSubmission} tasks in one message`;
  return { problem: { code: 'INVALID_REQUEST', message, issues: [{ field: 'tasks', message }] } };
};

/** `undefined` is no value of JSON, so it can stand for a text that is none. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
