import { TASK_STATES } from '@precedent/contract-types';
import type {
  BandCounts,
  CountsReply,
  DeleteReply,
  ListReply,
  RetryReply,
  TaskView,
} from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { anyJson } from '../task-spec.ts';
import { problemViewSchema } from './named.ts';
import type { ShapeOf } from './view.ts';
import { cursor, inner, memberOf, value, view } from './view.ts';

const { at, count, labels, share, text, texts } = value;

const source = z
  .literal('history')
  .exactOptional()
  .describe('what the history knew: the engine is away, or has forgotten the task');

export const taskViewShape: ShapeOf<TaskView> = {
  source,
  id: text,
  namespace: text,
  project: text,
  name: text.exactOptional(),
  commandLine: text.exactOptional().describe('what it runs, as one line, cut'),
  type: text,
  band: z.enum(BANDS),
  submittedBand: z
    .enum(BANDS)
    .exactOptional()
    .describe('the band that it was submitted with, where it was changed since'),
  pool: text,
  labels: labels.exactOptional(),
  security: text.exactOptional().describe('its security label: callers and workers need a clearance for it'),
  submittedBy: text.exactOptional().describe('the principal; absent where access is open'),
  signedBy: text.exactOptional().describe('the public key with which that principal signed it'),
  revision: text
    .exactOptional()
    .describe(
      'names the state that the task is in, for `expect`; another one after every change but progress',
    ),
  state: z.enum(TASK_STATES),
  stopping: z
    .enum(['cancel', 'timeout', 'total', 'heartbeat', 'preempt'])
    .exactOptional()
    .describe('while the running code is being stopped'),
  waiting: inner<NonNullable<TaskView['waiting']>>({
    reason: memberOf({
      no_worker: true,
      no_free_slot: true,
      limit: true,
      machine_load: true,
      backoff: true,
      preempted: true,
      assigned: true,
    }),
    detail: text,
  }).exactOptional(),
  attempt: count.describe('attempts started so far'),
  retries: count.describe('retries used up'),
  submittedAt: at,
  specDigest: text
    .exactOptional()
    .describe('the SHA-256 of what was submitted, in base64url; absent where an older version accepted it'),
  startedAt: at.exactOptional(),
  dueAt: at.exactOptional(),
  settledAt: at.exactOptional(),
  worker: text.exactOptional(),
  progress: inner<NonNullable<TaskView['progress']>>({
    fraction: share,
    message: text.exactOptional(),
  }).exactOptional(),
  preemptions: count.exactOptional().describe('times that the task gave up its slot to a more urgent one'),
  checkpoint: inner<NonNullable<TaskView['checkpoint']>>({ epoch: count, seq: count, at, bytes: count })
    .exactOptional()
    .describe('where it goes on from'),
  rollbackFailed: z
    .array(z.object({ name: text, error: problemViewSchema }))
    .exactOptional()
    .describe('rollback actions that failed: a person has to act'),
  result: anyJson.exactOptional(),
  error: problemViewSchema.exactOptional(),
  redriveOf: inner<NonNullable<TaskView['redriveOf']>>({
    bulk: text.exactOptional().describe('the bulk task that has submitted it'),
    task: text,
    times: count,
  })
    .exactOptional()
    .describe('the task that it repeats, and how often that was repeated with it'),
  redrivenAs: text.exactOptional().describe('the task that repeats it'),
};

export const taskViewSchema = view<TaskView>('Task', taskViewShape);

/** Paths of a task that its submitter or its code wrote. */
export const TASK_UNTRUSTED = [
  'name',
  'commandLine',
  'labels',
  'progress.message',
  'rollbackFailed[].name',
  'rollbackFailed[].error',
  'result',
  'error',
] as const;

/** The paths of an inner object, below its own. */
export const below = (path: string, paths: readonly string[]): readonly string[] =>
  paths.map((each) => `${path}.${each}`);

export const listReplySchema = view<ListReply>('TaskList', {
  source,
  tasks: z.array(taskViewSchema),
  truncated: z.boolean().describe('there are more than the limit'),
  cursor: cursor.describe(
    'for the next page, which the history answers, the latest first; absent on the last one',
  ),
  deleted: texts.exactOptional().describe('deleted a moment ago: a history may still have them'),
});

const bandCountsSchema = view<BandCounts>('BandCounts', {
  waiting: value.count.describe('they wait for other tasks'),
  queued: value.count,
  running: value.count,
  retrying: value.count.describe('they wait for a time, or for the slot that they gave up'),
  completed: value.count.describe('verdicts: since the engine took over its cell'),
  failed: value.count,
  cancelled: value.count,
  timed_out: value.count,
  skipped: value.count,
  rejected: value.count,
});

export const countsReplySchema = view<CountsReply>('TaskCounts', {
  bands: inner<CountsReply['bands']>({
    low: bandCountsSchema,
    normal: bandCountsSchema,
    high: bandCountsSchema,
    critical: bandCountsSchema,
  }),
});

export const deleteReplySchema = view<DeleteReply>('Deletion', { id: text, deleted: z.literal(true) });

export const retryReplySchema = view<RetryReply>('Repetition', {
  task: taskViewSchema,
  reopened: texts.describe('the tasks that repeat those which were skipped because of it'),
});
