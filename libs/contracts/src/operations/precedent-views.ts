import type {
  Change,
  DiffReply,
  DuplicateView,
  Duplicates,
  DurationPrediction,
  Evidence,
  FailureCluster,
  FailureKind,
  FailureOdds,
  FailuresReply,
  Interruptions,
  KnownResolution,
  LaterSuccess,
  LimitFacts,
  PredictReply,
  Recommendation,
  RecommendReply,
  RetrySettings,
  SameFailure,
  SeenReply,
  SuggestedLimit,
  SuggestedRetry,
  TaskWarning,
} from '@precedent/contract-types';
import { z } from 'zod';
import type { ShapeOf } from './view.ts';
import { cursor, inner, memberOf, value, view } from './view.ts';

const { at, count, ms, share, text, texts } = value;

/** How many cases speak for a conclusion, and the nearest of them. */
const evidenceShape: ShapeOf<Evidence> = {
  support: z.number().describe('cases that speak for it'),
  evidence: texts.describe('ids of documents, the nearest first'),
};

const retry = view<SuggestedRetry>('SuggestedRetry', {
  ...evidenceShape,
  advice: z.enum(['retry', 'do_not_retry']),
  succeeded: share.describe('share of the retries that succeeded; `low` to `high` is its 95 % interval'),
  low: share,
  high: share,
  delayMs: ms.exactOptional(),
  max: count.exactOptional(),
});

const limit = view<SuggestedLimit>('SuggestedLimit', {
  ...evidenceShape,
  value: z.number().describe('milliseconds, or MiB'),
  now: z.number().exactOptional(),
  reason: z.enum(['too_low', 'much_too_high', 'none_set']),
});

type Difference = LaterSuccess['differences'][number];
const laterSuccess = view<LaterSuccess>('LaterSuccess', {
  task: text,
  at,
  after: text,
  differences: z.array(
    inner<Difference>({ field: text, before: text.exactOptional(), after: text.exactOptional() }),
  ),
});

const settings = view<RetrySettings>('RetrySettings', {
  why: z.enum(['resolved', 'worked_with', 'transient']),
  version: text.exactOptional(),
  worker: text.exactOptional(),
  limits: inner<LimitFacts>({
    attemptTimeoutMs: ms.exactOptional(),
    totalTimeoutMs: ms.exactOptional(),
    maxRetries: count.exactOptional(),
    retryDelayMs: ms.exactOptional(),
    memoryMb: z.number().exactOptional(),
    cpu: z.number().exactOptional(),
  }).exactOptional(),
  delayMs: ms.exactOptional(),
});

const sameFailure = view<SameFailure>('SameFailure', {
  ...evidenceShape,
  count: count.describe('times that it was seen before'),
  tasks: count,
  ownAttempts: count,
  partial: z.literal(true).exactOptional(),
  firstAt: at,
  lastAt: at,
  resolutions: z.array(
    view<KnownResolution>('KnownResolution', {
      id: text,
      fingerprint: text,
      text,
      by: text,
      at,
      evidence: text.describe('the task that shows it'),
    }),
  ),
  laterSuccesses: z.array(laterSuccess),
  retry: retry.exactOptional(),
  settings: settings.exactOptional().describe('what a retry should set differently'),
});

type SimilarFailure = SeenReply['similar'][number];
export const seenReplySchema = view<SeenReply>('SearchSeen', {
  task: text,
  fingerprint: text.exactOptional(),
  isNew: z.boolean(),
  same: sameFailure.exactOptional().describe('exactly this failure'),
  memory: limit.exactOptional(),
  similar: z.array(
    inner<SimilarFailure>({
      id: text,
      task: text,
      text,
      fingerprint: text.exactOptional(),
      similarity: share,
      at,
    }),
  ),
});

const changeSchema = view<Change>('Change', {
  field: memberOf({
    version: true,
    command: true,
    args: true,
    env: true,
    payload: true,
    worker: true,
    pool: true,
    cwd: true,
    limits: true,
    duration: true,
    attempts: true,
    dependencies: true,
    artifacts: true,
  }),
  name: text.exactOptional(),
  before: text.exactOptional(),
  after: text.exactOptional(),
});

export const diffReplySchema = view<DiffReply>('SearchDiff', {
  task: text,
  lastSuccess: z
    .object({ task: text, at })
    .exactOptional()
    .describe('absent: nothing of this name has ever worked'),
  changes: z.array(changeSchema),
});

type OfReason<R extends TaskWarning['reason']> = Extract<TaskWarning, { readonly reason: R }>;
const warningSchema: z.ZodType<TaskWarning> = z.union([
  view<OfReason<'likely_to_fail'>>('LikelyToFail', {
    ...evidenceShape,
    reason: z.literal('likely_to_fail'),
    odds: share,
    low: share,
    high: share,
  }),
  view<OfReason<'likely_to_time_out'>>('LikelyToTimeOut', {
    ...evidenceShape,
    reason: z.literal('likely_to_time_out'),
    p90: ms,
    timeoutMs: ms,
    suggestedMs: ms.exactOptional(),
  }),
]);

const basis = z
  .enum(['spec', 'type'])
  .describe('runs of the same task, or of its type, the nearer ones counting more');

const duration = view<DurationPrediction>('PredictedDuration', {
  ...evidenceShape,
  p10: ms,
  p50: ms,
  p90: ms,
  basis,
});

const failure = view<FailureOdds>('FailureOdds', {
  ...evidenceShape,
  odds: share,
  low: share,
  high: share,
  basis,
});

const interruptions = view<Interruptions>('Interruptions', {
  ...evidenceShape,
  preemptions: count,
  lostMs: ms.describe('milliseconds of work that had to be done again'),
  lostShare: share,
  checkpointGapMs: ms.exactOptional(),
  advice: z.enum(['write_checkpoints', 'write_more_checkpoints']),
});

const duplicateShape: ShapeOf<DuplicateView> = {
  task: text,
  name: text,
  state: z.enum(['active', 'completed']),
  at,
};
type SimilarDuplicate = Duplicates['similar'][number];
const duplicates = view<Duplicates>('Duplicates', {
  equal: z.array(inner<DuplicateView>(duplicateShape)),
  similar: z.array(
    inner<SimilarDuplicate>({ ...duplicateShape, similarity: share, isSameKind: z.boolean() }),
  ),
});

export const predictReplySchema = view<PredictReply>('SearchPredict', {
  duration: duration.exactOptional(),
  failure: failure.exactOptional(),
  timeout: limit.exactOptional(),
  memory: limit.exactOptional(),
  retry: retry.exactOptional(),
  interruptions: interruptions.exactOptional(),
  duplicates: duplicates.exactOptional(),
  warnings: z.array(warningSchema).exactOptional(),
  looked: count.describe('tasks with a verdict that count'),
  completed: count.exactOptional(),
  needed: count.exactOptional().describe('how many a prediction needs'),
});

const recommendationSchema = view<Recommendation>('Recommendation', {
  relation: z.enum(['dependencies', 'artifacts', 'next']),
  name: text,
  type: text.exactOptional(),
  task: text.exactOptional(),
  gapMs: ms.exactOptional(),
  support: count.describe('tasks like this one that had it, of `of`'),
  of: count,
  confidence: share,
  lift: z.number().exactOptional().describe('how many times more usual than by chance'),
  evidence: texts.describe('ids of tasks that had it'),
});

export const recommendReplySchema = view<RecommendReply>('SearchRecommend', {
  basis: z.enum(['spec', 'alike']),
  cases: count,
  reachMs: ms.describe('milliseconds before and after each of them that were looked at'),
  recommendations: z.array(recommendationSchema),
});

type Kind = FailureCluster['kinds'][number];
const kindShape: ShapeOf<FailureKind> = {
  fingerprint: text.exactOptional(),
  text,
  types: texts,
  count,
  tasks: count,
  firstAt: at,
  lastAt: at,
  task: text.describe('the latest one'),
};

const clusterSchema = view<FailureCluster>('FailureCluster', {
  count,
  lastAt: at,
  trend: z.enum(['rising', 'steady', 'falling']),
  kinds: z.array(inner<Kind>({ ...kindShape, isNew: z.boolean().describe('first seen within a day') })),
  found: count.describe('kinds that the cluster has'),
});

export const failuresReplySchema = view<FailuresReply>('SearchFailures', {
  since: at,
  failures: count.describe('that were examined'),
  partial: z.boolean().describe('there are more failures than were examined'),
  semantic: z.boolean().describe('`false`: a cluster is one kind'),
  found: count.describe('clusters'),
  clusters: z.array(clusterSchema),
  cursor,
});
