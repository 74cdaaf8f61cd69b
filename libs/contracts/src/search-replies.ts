import type { SetAsideView } from '@precedent/contract-types';
import type { SearchFilters } from './search.ts';

/** How far behind the journal an answer may be. */
export interface SearchFreshness {
  /** Journal entries that were indexed, and those that there are. */
  readonly seq: number;
  readonly lastSeq: number;
  /** Age of the oldest entry that is not indexed; 0 when all is. Milliseconds. */
  readonly lagMs: number;
}

export interface SearchConfidence {
  readonly level: 'high' | 'medium' | 'low';
  /** 0 to 1. */
  readonly value: number;
}

/** One thing that was found. Times are epoch milliseconds. */
export interface SearchHitView {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly at: number;
  readonly score: number;
  readonly task?: string;
  readonly project?: string;
  readonly type?: string;
  readonly band?: string;
  readonly outcome?: string;
  readonly worker?: string;
  readonly fingerprint?: string;
  /** Where the terms of the query stand in the text: `start` inclusive, `end` exclusive, in UTF-16 units. */
  readonly highlights: readonly { readonly start: number; readonly end: number }[];
  /** How many tell the same, and when those were that were looked at. */
  readonly count: number;
  /** There may be more: only a part of what there is was looked at. */
  readonly atLeast?: true;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** The answer to `find`. */
export interface FindReply {
  readonly hits: readonly SearchHitView[];
  /** What was looked for after filters were read out of the text, and those filters. */
  readonly text: string;
  readonly filters: SearchFilters;
  /** `false`: there is no model; hits are by words. */
  readonly semantic: boolean;
  /** Only a part of what there is was looked at. */
  readonly partial: boolean;
  readonly confidence: SearchConfidence;
  readonly freshness: SearchFreshness;
}

/** How many cases speak for something, and which: ids of documents, the nearest first. */
export interface Evidence {
  readonly support: number;
  readonly evidence: readonly string[];
}

/** Whether it pays to try again: the share of tries that went well, the wait before those, and how many to allow. */
export interface SuggestedRetry extends Evidence {
  readonly advice: 'retry' | 'do_not_retry';
  readonly succeeded: number;
  readonly low: number;
  readonly high: number;
  readonly delayMs?: number;
  readonly max?: number;
}

/** A limit by what was used. Milliseconds, or MiB. `now` is the present one. */
export interface SuggestedLimit extends Evidence {
  readonly value: number;
  readonly now?: number;
  readonly reason: string;
}

/** A task that would be done over. */
export interface DuplicateView {
  readonly task: string;
  readonly name: string;
  readonly state: 'active' | 'completed';
  readonly at: number;
}

/** The answer to `seen`. */
export interface SeenReply {
  readonly task: string;
  readonly fingerprint: string;
  readonly isNew: boolean;
  /** Exactly this failure. */
  readonly same?: Evidence & {
    readonly count: number;
    /** Of those that were looked at, as are the other facts. */
    readonly tasks: number;
    /** Earlier attempts of the task itself, among those that were looked at. */
    readonly ownAttempts: number;
    /** There are more than were looked at. */
    readonly partial?: true;
    readonly firstAt: number;
    readonly lastAt: number;
    readonly resolutions: readonly {
      readonly text: string;
      readonly by: string;
      readonly at: number;
      readonly evidence: string;
    }[];
    readonly laterSuccesses: readonly {
      readonly task: string;
      readonly at: number;
      readonly after: string;
      readonly differences: readonly {
        readonly field: string;
        readonly before?: string;
        readonly after?: string;
      }[];
    }[];
    readonly retry?: SuggestedRetry;
    /** What a retry should set differently. */
    readonly settings?: Readonly<Record<string, unknown>> & { readonly why: string };
  };
  /** The memory that it asked for is less than what those that went well have held. MiB. */
  readonly memory?: SuggestedLimit;
  /** Others that read alike: weaker evidence. */
  readonly similar: readonly {
    readonly id: string;
    readonly fingerprint?: string;
    readonly similarity: number;
    readonly at: number;
  }[];
}

/** The answer to `diff`. */
export interface DiffReply {
  readonly task: string;
  /** Absent: nothing of this name has ever worked. */
  readonly lastSuccess?: { readonly task: string; readonly at: number };
  readonly changes: readonly {
    readonly field: string;
    readonly name?: string;
    readonly before?: string;
    readonly after?: string;
  }[];
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

/** The answer to `predict`. What is absent has too little support. Milliseconds. */
export interface PredictReply {
  readonly duration?: Evidence & {
    readonly p10: number;
    readonly p50: number;
    readonly p90: number;
    readonly basis: 'spec' | 'type';
  };
  readonly failure?: Evidence & {
    readonly odds: number;
    readonly low: number;
    readonly high: number;
    readonly basis: 'spec' | 'type';
  };
  readonly timeout?: SuggestedLimit;
  readonly memory?: SuggestedLimit;
  readonly retry?: SuggestedRetry;
  /** What being preempted costs it, where that is much: work done again, its share of all work, the usual time between checkpoints. */
  readonly interruptions?: Evidence & {
    readonly preemptions: number;
    readonly lostMs: number;
    readonly lostShare: number;
    readonly checkpointGapMs?: number;
    readonly advice: 'write_checkpoints' | 'write_more_checkpoints';
  };
  /** Active, or completed within the last hour: the same with every value, and those that do the same or read alike. */
  readonly duplicates?: {
    readonly equal: readonly DuplicateView[];
    readonly similar: readonly (DuplicateView & {
      readonly similarity: number;
      readonly isSameKind: boolean;
    })[];
  };
  /** What it says against the task as it was asked about; absent when nothing. */
  readonly warnings?: readonly TaskWarning[];
  /** Similar tasks that were found, and recent runs of the same spec or type that a prediction needs. */
  readonly looked: number;
  readonly needed?: number;
}

/** The answer to `recommend`: what tasks like this one waited for, left, and were followed by. Nothing of it is done by itself. */
export interface RecommendReply {
  /** Tasks that do the same, or, where there are too few, tasks that read alike. */
  readonly basis: 'spec' | 'alike';
  readonly cases: number;
  /** How long before and after each of them was looked. Milliseconds. */
  readonly reachMs: number;
  readonly recommendations: readonly {
    readonly relation: 'dependencies' | 'artifacts' | 'next';
    readonly name: string;
    readonly type?: string;
    /** The latest one, and the usual time between. */
    readonly task?: string;
    readonly gapMs?: number;
    readonly support: number;
    readonly of: number;
    readonly confidence: number;
    /** How many times more usual than by chance; absent with nothing to compare with. */
    readonly lift?: number;
    /** Ids of tasks that had it. */
    readonly evidence: readonly string[];
  }[];
}

/** The answer to `failures`: kinds of failures that read alike, the most frequent first. */
export interface FailuresReply {
  readonly since: number;
  readonly failures: number;
  readonly partial: boolean;
  readonly semantic: boolean;
  /** How many clusters there are; the first of them are here. */
  readonly found: number;
  readonly clusters: readonly {
    readonly count: number;
    readonly lastAt: number;
    readonly trend: 'rising' | 'steady' | 'falling';
    readonly kinds: readonly {
      readonly fingerprint: string;
      readonly text: string;
      readonly types: readonly string[];
      readonly count: number;
      readonly tasks: number;
      readonly firstAt: number;
      readonly lastAt: number;
      /** The latest task that failed so. */
      readonly task: string;
      /** First seen within a day. */
      readonly isNew: boolean;
    }[];
  }[];
}

/** The answer to `remember` and `resolve`: it is kept; found by searches as soon as it is indexed. */
export interface NoteReply {
  readonly id: string;
  readonly indexed: boolean;
}

/** The answer to `recall`. */
export interface RecallReply {
  readonly notes: readonly {
    readonly id: string;
    readonly kind: string;
    readonly text: string;
    readonly by: string;
    readonly at: number;
    readonly sources: readonly string[];
    readonly expiresAt?: number;
    readonly score: number;
  }[];
  readonly semantic: boolean;
  readonly confidence: SearchConfidence;
}

/** The answer to `status`. */
export interface SearchStatus {
  readonly freshness: SearchFreshness;
  /** The one that answers, and the model that its vectors are of. */
  readonly collection: string;
  readonly model?: string;
  readonly semantic: boolean;
  /** Tasks that are not over. */
  readonly open: number;
  /** Documents that were indexed since the start. */
  readonly documents: number;
  /** Journal entries that were purged before they could be read. */
  readonly missed: number;
  /** What could not be indexed, by its place in the journal or among the notes: the latest 100. */
  readonly setAside?: SetAsideView;
  /** The collection that is to answer next, and how many of its points are there; the same one while some have no vector yet. */
  readonly building?: {
    readonly collection: string;
    readonly model: string;
    readonly done: number;
    readonly total: number;
  };
  /** What keeps the index from going on. */
  readonly trouble?: { readonly code: string; readonly message: string };
}

/** A piece of a document, or a point of a user's own. Of the former `path`, `chunk` (from 0) and `heading` are there, of the latter `key`. */
export interface DocumentHitView extends Pick<
  SearchHitView,
  'id' | 'text' | 'at' | 'score' | 'highlights' | 'count'
> {
  readonly path?: string;
  readonly chunk?: number;
  readonly heading?: string;
  readonly key?: string;
}

/** The answer to `documents`. */
export interface DocumentsReply extends Pick<FindReply, 'partial' | 'confidence'> {
  readonly collection: string;
  readonly hits: readonly DocumentHitView[];
  /** `false`: there is no model, or vectors of the collection are of another one; hits are by words. */
  readonly semantic: boolean;
}

/** The answer to `collections`: those of the namespace, by name. */
export interface CollectionsReply {
  readonly collections: readonly {
    readonly name: string;
    /** Pieces of documents, and other points. */
    readonly points: number;
    /** Whether it can be searched by meaning. */
    readonly semantic: boolean;
  }[];
}
