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
  /** How many tell the same, and when. */
  readonly count: number;
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

/** The answer to `seen`. */
export interface SeenReply {
  readonly task: string;
  readonly fingerprint: string;
  readonly isNew: boolean;
  /** Exactly this failure. */
  readonly same?: Evidence & {
    readonly count: number;
    readonly tasks: number;
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
    readonly retry?: Evidence & { readonly advice: 'retry' | 'do_not_retry'; readonly succeeded: number };
    /** What a retry should set differently. */
    readonly settings?: Readonly<Record<string, unknown>> & { readonly why: string };
  };
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
  readonly timeout?: Evidence & { readonly value: number; readonly reason: string };
  /** Cases that were looked at. */
  readonly looked: number;
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
  readonly collection: string;
  readonly model?: string;
  readonly semantic: boolean;
  /** Tasks that are not over. */
  readonly open: number;
  /** Documents that were indexed since the start. */
  readonly documents: number;
  /** Journal entries that were purged before they could be read. */
  readonly missed: number;
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
