/** What a document of the index tells about. */
export const DOCUMENT_KINDS = [
  'spec',
  'attempt',
  'failure',
  'log_window',
  'decision',
  'resolution',
  'note',
  'workflow',
] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** The filters that a search reads from the words of a query: fields, the time, and the number of hits. */
export const PARSED_FILTERS = [
  'project',
  'type',
  'kind',
  'outcome',
  'band',
  'worker',
  'task',
  'time',
  'limit',
] as const;
export type ParsedFilter = (typeof PARSED_FILTERS)[number];

/** Words of a query that were read as a filter. */
export interface ParsedPhrase {
  readonly field: ParsedFilter;
  readonly words: string;
}

/** How sure an answer is of itself. */
export interface SearchConfidence {
  readonly level: 'high' | 'medium' | 'low';
  /** 0 to 1, by the best hit: how near it is, and how much of the query it holds. */
  readonly value: number;
}

/** What every conclusion carries: how many cases speak for it, and which: ids of documents, the nearest first, at most 20. */
export interface Evidence {
  readonly support: number;
  readonly evidence: readonly string[];
}

/** Whether retries pay: the share of retries that succeeded, the wait before them, and how many to allow. */
export interface SuggestedRetry extends Evidence {
  readonly advice: 'retry' | 'do_not_retry';
  /** Share of the retries after this failure that went well; `low` to `high` is its 95 % interval. */
  readonly succeeded: number;
  readonly low: number;
  readonly high: number;
  /** Median wait before those that went well. */
  readonly delayMs?: number;
  /** Retries after which nine in ten of those that ever went well had. */
  readonly max?: number;
}

/** A limit by what was used. Milliseconds, or MiB. `now` is the present one. */
export interface SuggestedLimit extends Evidence {
  readonly value: number;
  readonly now?: number;
  readonly reason: 'too_low' | 'much_too_high' | 'none_set';
}

/** A task that would be done over. */
export interface DuplicateView {
  readonly task: string;
  readonly name: string;
  readonly state: 'active' | 'completed';
  /** When it came; of a completed one, when it was over. */
  readonly at: number;
}

/** The same thing worked later: with what difference. */
export interface LaterSuccess {
  readonly task: string;
  readonly at: number;
  readonly after: string;
  readonly differences: readonly {
    readonly field: string;
    readonly before?: string;
    readonly after?: string;
  }[];
}

/** The limits of a task, as submitted. Milliseconds, MiB and CPUs. */
export interface LimitFacts {
  readonly attemptTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly maxRetries?: number;
  readonly retryDelayMs?: number;
  readonly memoryMb?: number;
  readonly cpu?: number;
}

/** What a retry should set differently, and what that is known from. */
export interface RetrySettings {
  readonly why: 'resolved' | 'worked_with' | 'transient';
  readonly version?: string;
  readonly worker?: string;
  readonly limits?: LimitFacts;
  readonly delayMs?: number;
}

/** A stored resolution of a failure, with the task that is its evidence. */
export interface KnownResolution {
  readonly id: string;
  readonly fingerprint: string;
  readonly text: string;
  readonly by: string;
  readonly at: number;
  readonly evidence: string;
}

/** What is known of exactly one failure. */
export interface SameFailure extends Evidence {
  /** Times that it was seen before, in other tasks or earlier attempts. */
  readonly count: number;
  /** Of those that were looked at, as are the other facts. */
  readonly tasks: number;
  /** Earlier attempts of the task itself, among those that were looked at. */
  readonly ownAttempts: number;
  /** There are more than were looked at. */
  readonly partial?: true;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly resolutions: readonly KnownResolution[];
  readonly laterSuccesses: readonly LaterSuccess[];
  readonly retry?: SuggestedRetry;
  /** Absent when nothing is known to help. */
  readonly settings?: RetrySettings;
}

/** The answer to `seen`. */
export interface SeenReply {
  readonly task: string;
  /** Absent when neither the message nor the output tells a cause: no other failure is the same. */
  readonly fingerprint?: string;
  /** It has a fingerprint, and no earlier failure has the same. */
  readonly isNew: boolean;
  /** Exactly this failure. */
  readonly same?: SameFailure;
  /** Peak memory of similar runs that succeeded, where the task requests less. MiB. */
  readonly memory?: SuggestedLimit;
  /** Failures with another fingerprint whose telling lines share specific words: weaker evidence. `similarity`: their share, 0 to 1. */
  readonly similar: readonly {
    readonly id: string;
    readonly task: string;
    readonly text: string;
    readonly fingerprint?: string;
    readonly similarity: number;
    readonly at: number;
  }[];
}

/** One difference between two runs. `before` or `after` is absent for what was added or removed. */
export interface Change {
  readonly field:
    | 'version'
    | 'command'
    | 'args'
    | 'env'
    | 'payload'
    | 'worker'
    | 'pool'
    | 'cwd'
    | 'limits'
    | 'duration'
    | 'attempts'
    | 'dependencies'
    | 'artifacts';
  /** Which of several: a variable, a key, a limit, a dependency. */
  readonly name?: string;
  readonly before?: string;
  readonly after?: string;
}

/** The answer to `diff`. */
export interface DiffReply {
  readonly task: string;
  /** Absent: nothing of this name has ever worked. */
  readonly lastSuccess?: { readonly task: string; readonly at: number };
  readonly changes: readonly Change[];
}

/** Why a task may not end well; it is taken all the same. */
export type TaskWarning = Evidence &
  (
    | {
        readonly reason: 'likely_to_fail';
        /** Share of those like it that failed, and where the true one is with 95 %. */
        readonly odds: number;
        readonly low: number;
        readonly high: number;
      }
    | {
        readonly reason: 'likely_to_time_out';
        /** One in ten of those like it takes longer than this. */
        readonly p90: number;
        readonly timeoutMs: number;
        /** A timeout that would do. */
        readonly suggestedMs?: number;
      }
  );

/** Milliseconds: one in ten is quicker than `p10`, one in ten slower than `p90`. */
export interface DurationPrediction extends Evidence {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  /** `spec`: from runs of the same task; `type`: from runs of its type, nearer ones counting more. */
  readonly basis: 'spec' | 'type';
}

/** The share of tasks like this one that failed, and where the true one is with 95 %. */
export interface FailureOdds extends Evidence {
  readonly odds: number;
  readonly low: number;
  readonly high: number;
  readonly basis: 'spec' | 'type';
}

/** What being preempted costs a task. */
export interface Interruptions extends Evidence {
  readonly preemptions: number;
  /** Work that had to be done again, in milliseconds, and its share of all work, 0 to 1. */
  readonly lostMs: number;
  readonly lostShare: number;
  /** The usual time from one checkpoint to the next; absent: none was ever written. */
  readonly checkpointGapMs?: number;
  readonly advice: 'write_checkpoints' | 'write_more_checkpoints';
}

/** Tasks that are there already, or just were: equal in every value, or similar in what they do or say. */
export interface Duplicates {
  readonly equal: readonly DuplicateView[];
  readonly similar: readonly (DuplicateView & {
    readonly similarity: number;
    readonly isSameKind: boolean;
  })[];
}

/** The answer to `predict`. What is absent has too little support. Milliseconds. */
export interface PredictReply {
  readonly duration?: DurationPrediction;
  readonly failure?: FailureOdds;
  readonly timeout?: SuggestedLimit;
  readonly memory?: SuggestedLimit;
  readonly retry?: SuggestedRetry;
  /** What being preempted costs it, where that is much: work done again, its share of all work, the usual time between checkpoints. */
  readonly interruptions?: Interruptions;
  /** Active, or completed within the last hour: equal in every value, or similar in what they do or say. */
  readonly duplicates?: Duplicates;
  /** What the prediction says against the task of the request; absent when nothing. */
  readonly warnings?: readonly TaskWarning[];
  /**
   * Tasks with a verdict that count: those of the same spec and, unless the type is a built-in one, similar ones of the type. `completed`:
   * those of them that were completed. `needed`: how many a failure rate needs, and how many completed ones a duration needs.
   */
  readonly looked: number;
  readonly completed?: number;
  readonly needed?: number;
}

/** Something that tasks like this one usually have. */
export interface Recommendation {
  readonly relation: 'dependencies' | 'artifacts' | 'next';
  readonly name: string;
  readonly type?: string;
  /** Of a dependency or a next step: the latest task of it, and the usual time between, in milliseconds. */
  readonly task?: string;
  readonly gapMs?: number;
  /** Tasks like this one that had it, and tasks like this one. */
  readonly support: number;
  readonly of: number;
  /** Share of them, 0 to 1. */
  readonly confidence: number;
  /** How many times more usual than by chance; absent with nothing to compare with. */
  readonly lift?: number;
  /** Ids of tasks that had it. */
  readonly evidence: readonly string[];
}

/** The answer to `recommend`: what tasks like this one waited for, left, and were followed by. Nothing of it is done by itself. */
export interface RecommendReply {
  /** Tasks of the same spec, or, where there are too few, semantically similar tasks. */
  readonly basis: 'spec' | 'alike';
  readonly cases: number;
  /** How long before and after each of them was looked. Milliseconds. */
  readonly reachMs: number;
  readonly recommendations: readonly Recommendation[];
}

/** Failures with one fingerprint; those without one by the spec of their tasks. */
export interface FailureKind {
  readonly fingerprint?: string;
  readonly text: string;
  readonly types: readonly string[];
  readonly count: number;
  readonly tasks: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The latest task that failed so. */
  readonly task: string;
}

/** A kind of failures that are semantically similar. */
export interface FailureCluster {
  readonly count: number;
  readonly lastAt: number;
  /** Whether the later half of the time holds surely more than the half of them, or surely less. */
  readonly trend: 'rising' | 'steady' | 'falling';
  /** The most frequent ones, at most 20. `isNew`: first seen within a day. */
  readonly kinds: readonly (FailureKind & { readonly isNew: boolean })[];
  /** How many kinds the cluster has. */
  readonly found: number;
}

/** The answer to `failures`: clusters of semantically similar failures, the most frequent first. */
export interface FailuresReply {
  readonly since: number;
  /** Failures that were examined: all, or the first 10,000. */
  readonly failures: number;
  /** There are more failures than were examined. */
  readonly partial: boolean;
  /** `false`: there is no model; a cluster is one kind. */
  readonly semantic: boolean;
  /** How many clusters there are; those of one page are here. */
  readonly found: number;
  readonly clusters: readonly FailureCluster[];
  /** For the next page; absent on the last one. */
  readonly cursor?: string;
}

/** A note or a resolution, with its author, its time and its sources. */
export interface RecalledNote {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly by: string;
  readonly at: number;
  readonly sources: readonly string[];
  readonly expiresAt?: number;
  readonly score: number;
}

/** The answer to `recall`. */
export interface RecallReply {
  readonly notes: readonly RecalledNote[];
  readonly semantic: boolean;
  readonly confidence: SearchConfidence;
}
