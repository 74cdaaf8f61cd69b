import { TASK_EVENTS, TASK_STATES } from '@precedent/contract-types';
import type {
  AttemptView,
  HistoryCopyReply,
  HistoryDecisionsReply,
  HistoryEventsReply,
  HistoryFeedReply,
  HistoryFreshness,
  HistoryGetReply,
  HistoryListReply,
  HistoryLogsReply,
  HistoryOptimiseReply,
  HistoryRebuildReply,
  HistoryRows,
  HistorySearchReply,
  HistoryStatsReply,
  HistoryStatusReply,
  HistoryTaskView,
  JournalledEvent,
  OperationView,
  QuantilesView,
  SetAsideView,
  StatsBucket,
  StatsScope,
} from '@precedent/contract-types';
import { z } from 'zod';
import { anyJson } from '../task-spec.ts';
import { decisionViewSchema } from './explanation-views.ts';
import { logChunkViewSchema, problemViewSchema } from './named.ts';
import { TASK_UNTRUSTED, taskViewShape } from './task-views.ts';
import { cursor, inner, memberOf, value, view } from './view.ts';

const { at, count, ms, text, texts } = value;

/** How far the answer goes. */
const freshness = view<HistoryFreshness>('HistoryFreshness', {
  seq: count.describe('the last journal entry that is in the answer'),
  lastSeq: count.describe('the last one that was known to exist'),
  lagMs: ms,
  rebuilding: z.boolean(),
});

const historyTaskSchema = view<HistoryTaskView>('HistoryTask', {
  ...taskViewShape,
  firstStartedAt: at.exactOptional(),
  waitedMs: ms.exactOptional().describe('milliseconds from submission to the first start'),
  ranMs: ms.exactOptional().describe('milliseconds that its code ran'),
  losses: count.exactOptional().describe('leases that ended with their worker'),
  command: text.exactOptional(),
  args: texts.exactOptional(),
  cwd: text.exactOptional(),
  envKeys: texts.exactOptional().describe('names of its environment variables'),
  payload: anyJson.exactOptional(),
  payloadChars: count.exactOptional().describe('characters of a payload that was too large to keep'),
});

export const HISTORY_TASK_UNTRUSTED: readonly string[] = [
  ...TASK_UNTRUSTED,
  'command',
  'args',
  'cwd',
  'envKeys',
  'payload',
];

const attemptSchema = view<AttemptView>('Attempt', {
  epoch: count.describe('of the lease'),
  attempt: count,
  worker: text,
  startedAt: at,
  endedAt: at.exactOptional(),
  outcome: memberOf({
    completed: true,
    failed: true,
    cancelled: true,
    timed_out: true,
    returned: true,
    lost: true,
    yielded: true,
    preempted: true,
  }).exactOptional(),
  end: text.exactOptional().describe('how it ended as a victim of a preemption'),
  error: problemViewSchema.exactOptional(),
});

const operationViewSchema = view<OperationView>('HistoryEvent', {
  seq: count.describe('journal entry'),
  index: count.describe('record in it'),
  sequence: text.describe('the same as text: events of the feed have it'),
  at,
  task: text.exactOptional(),
  event: text,
  note: text.exactOptional(),
});

export const historyGetReplySchema = view<HistoryGetReply>('HistoryGet', {
  task: historyTaskSchema,
  attempts: z.array(attemptSchema),
  freshness,
});

export const historyListReplySchema = view<HistoryListReply>('HistoryList', {
  tasks: z.array(historyTaskSchema),
  cursor,
  freshness,
});

export const historyEventsReplySchema = view<HistoryEventsReply>('HistoryEvents', {
  events: z.array(operationViewSchema),
  cursor,
  freshness,
});

/** An event of a task, as streams deliver it. */
export const journalledEventSchema = view<JournalledEvent>('TaskEvent', {
  id: text.describe('of the task'),
  namespace: text,
  project: text,
  name: text.exactOptional(),
  commandLine: text.exactOptional(),
  type: text,
  band: text,
  security: text.exactOptional(),
  event: z.enum(TASK_EVENTS),
  at,
  sequence: text.describe('its place in the journal, ordered as text'),
  epoch: count.describe('of the lease; 0 before the first'),
  attempt: count,
  worker: text.exactOptional(),
  fraction: value.share.exactOptional(),
  message: text.exactOptional(),
  result: anyJson.exactOptional(),
  error: problemViewSchema.exactOptional(),
  retries: count.exactOptional(),
  dueAt: at.exactOptional(),
  reason: text.exactOptional(),
});

export const historyFeedReplySchema = view<HistoryFeedReply>('HistoryFeed', {
  events: z.array(journalledEventSchema),
  last: text.describe('the sequence from which the next request goes on'),
  gapTo: text.exactOptional().describe('the history does not have what follows "after" up to this sequence'),
  freshness,
});

export const historyDecisionsReplySchema = view<HistoryDecisionsReply>('HistoryDecisions', {
  decisions: z.array(decisionViewSchema),
  freshness,
});

export const historySearchReplySchema = view<HistorySearchReply>('HistorySearch', {
  tasks: z.array(historyTaskSchema),
  ranked: z.boolean().describe('`false`: too many matches to compare; these are the latest'),
  freshness,
});

const counts = z.record(text, count);
const quantilesSchema = view<QuantilesView>('Quantiles', {
  p50: ms,
  p95: ms,
  p99: ms,
  max: ms,
  of: count.describe('tasks'),
});

export const historyStatsReplySchema = view<HistoryStatsReply>('HistoryStats', {
  total: count,
  byState: counts,
  byBand: counts,
  byType: counts,
  byProject: counts,
  waitMs: quantilesSchema.exactOptional().describe('from submission to the first start'),
  runMs: quantilesSchema.exactOptional(),
  buckets: z
    .array(
      inner<StatsBucket>({
        from: at,
        submitted: count,
        settled: z.partialRecord(z.enum(TASK_STATES), count),
      }),
    )
    .exactOptional(),
  scope: inner<StatsScope>({
    since: at.exactOptional(),
    until: at.exactOptional(),
    bucketMs: ms.exactOptional(),
    latest: count.exactOptional(),
    uncounted: count.exactOptional(),
  })
    .exactOptional()
    .describe('how the answer differs from the request'),
  freshness,
});

export const setAsideSchema = view<SetAsideView>('SetAside', {
  count,
  latest: z.array(z.object({ seq: count, subject: text, reason: text })),
});

export const historyStatusReplySchema = view<HistoryStatusReply>('HistoryStatus', {
  state: z.enum(['following', 'rebuilding', 'waiting', 'failed']),
  problem: problemViewSchema.exactOptional(),
  startedAt: at,
  rows: inner<HistoryRows>({ tasks: count, attempts: count, operations: count, decisions: count }),
  bytes: count,
  setAside: setAsideSchema.exactOptional().describe('what could not be taken in from the journal'),
  retentionMs: ms,
  freshness,
});

export const historyRebuildReplySchema = view<HistoryRebuildReply>('HistoryRebuild', {
  started: z.boolean().describe('`false`: one is under way already'),
  freshness,
});

export const historyOptimiseReplySchema = view<HistoryOptimiseReply>('HistoryOptimise', {
  bytes: count,
  freeBytes: count,
  freshness,
});

export const historyCopyReplySchema = view<HistoryCopyReply>('HistoryCopy', {
  file: text.describe('absolute, on the machine of the history'),
  seq: count,
  tasks: count,
  freshness,
});

export const historyLogsReplySchema = view<HistoryLogsReply>('HistoryLogs', {
  chunks: z.array(logChunkViewSchema),
  last: count.describe('where the next request goes on'),
});
