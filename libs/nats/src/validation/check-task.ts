import { BULK_TYPE } from '@precedent/contract-types';
import {
  DEPTH_MAX,
  LIMITS,
  depthProblem,
  fieldProblem,
  isTraceparent,
  issueProblem,
  taskSpecSchema,
} from '@precedent/contracts';
import type { CheckedSpec } from '@precedent/contracts';
import { isDeeperThan, tooDeep } from '@precedent/kernel';
import type { JsonIssue, Problem, ReadJson } from '@precedent/kernel';
import { decode } from './decode.ts';
import { problemFromZod } from './zod-problem.ts';

export type Checked = { readonly task: CheckedSpec } | { readonly problem: Problem };

const FIELDS = Object.keys(taskSpecSchema.shape);

/** The message in which a task came: its size, and the trace context of its sender. */
export interface TaskOrigin {
  readonly bytes: number;
  readonly traceparent?: string | undefined;
}

/** One task of a message. */
export interface RawTask {
  readonly value: unknown;
  /** A value in it that differs from its text. */
  readonly problem?: Problem | undefined;
  /** Whether it may exceed the nesting limit of a payload. */
  readonly isDeep?: boolean;
  /** Characters by which it may grow when it is serialised again. */
  readonly growth?: number;
}

/** Checks one task as it arrived at an ingress. Sizes are measured only when the message is large enough to exceed a limit. */
export const checkTask = (
  { value, problem, isDeep = false, growth = 0 }: RawTask,
  { bytes, traceparent }: TaskOrigin,
): Checked => {
  if (problem) return { problem };
  const checked = taskSpecSchema.safeParse(value);
  if (!checked.success)
    return { problem: problemFromZod(checked.error, value, { code: 'INVALID_TASK', fields: FIELDS }) };
  const task = checked.data;
  if (task.type === BULK_TYPE) return { problem: fieldProblem('type', NOT_SUBMITTED, 'INVALID_TASK') };
  if (isDeep && isDeeperThan(task.payload, LIMITS.depth))
    return { problem: fieldProblem('payload', tooDeep(LIMITS.depth), 'INVALID_TASK') };
  const tooLarge = bytes + growth > LIMITS.payloadBytes ? sizeProblem(task) : undefined;
  if (tooLarge) return { problem: tooLarge };
  return { task: traced(task, traceparent) };
};

const traced = (task: CheckedSpec, traceparent: string | undefined): CheckedSpec => {
  // W3C Trace Context: an invalid `traceparent` is ignored.
  const isTraced = task.traceparent !== undefined || !traceparent || !isTraceparent(traceparent);
  return isTraced ? task : { ...task, traceparent };
};

const NOT_SUBMITTED = `tasks of the type ${BULK_TYPE} are started with the token of a preview, and not submitted`;

const sizeProblem = (task: CheckedSpec): Problem | undefined => {
  const payload = task.payload === undefined ? 0 : jsonBytes(task.payload);
  if (payload > LIMITS.payloadBytes) return tooLarge('payload', payload, LIMITS.payloadBytes);
  const whole = jsonBytes(task);
  return whole > LIMITS.taskBytes ? tooLarge('task', whole, LIMITS.taskBytes) : undefined;
};

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const tooLarge = (field: string, bytes: number, limit: number): Problem =>
  fieldProblem(field, `${bytes} of at most ${limit} bytes`, 'PAYLOAD_TOO_LARGE');

/** The tasks of a message. `isList`: they came as an array, and the answer is an array. */
export type Parsed =
  | { readonly tasks: readonly RawTask[]; readonly isList: boolean }
  | { readonly problem: Problem };

/** Reads a message as one task or as an array of tasks, at least one. */
export const parseTasks = (bytes: Uint8Array): Parsed => {
  const decoded = decode(bytes, { depthMax: DEPTH_MAX });
  if ('unreadable' in decoded) return { problem: { code: 'INVALID_TASK', message: decoded.unreadable } };
  const problem = depthProblem(decoded, 'INVALID_TASK');
  if (problem) return { problem };
  const { value } = decoded;
  if (!Array.isArray(value)) {
    const [first] = decoded.issues;
    return { tasks: [rawTask({ value, decoded, issue: first, skip: 0 })], isList: false };
  }
  return countProblem(value.length) ?? { tasks: listed(value, decoded), isList: true };
};

const countProblem = (count: number): { readonly problem: Problem } | undefined => {
  if (count > 0 && count <= LIMITS.tasksPerSubmission) return undefined;
  const expected = `${count} of 1 to ${LIMITS.tasksPerSubmission} tasks in one message`;
  return { problem: fieldProblem('tasks', expected, 'INVALID_REQUEST') };
};

/** Each task with its own first issue: an invalid task does not keep the others out. */
const listed = (values: readonly unknown[], decoded: ReadJson): readonly RawTask[] => {
  const issues = new Map<number, JsonIssue>();
  for (const issue of decoded.issues) {
    const index = Number(issue.path[0]);
    if (!issues.has(index)) issues.set(index, issue);
  }
  return values.map((value, index) => rawTask({ value, decoded, issue: issues.get(index), skip: 1 }));
};

interface Raw {
  readonly value: unknown;
  readonly decoded: ReadJson;
  readonly issue: JsonIssue | undefined;
  readonly skip: number;
}

const rawTask = ({ value, decoded, issue, skip }: Raw): RawTask => ({
  value,
  problem: issueProblem(issue, 'INVALID_TASK', { skip }),
  isDeep: decoded.depth > LIMITS.depth,
  growth: decoded.growth,
});
