import type { ParsedPhrase, SearchConfidence, SetAsideView } from '@precedent/contract-types';
import type { SearchFilters } from './search.ts';

/** How far behind the journal an answer may be. */
export interface SearchFreshness {
  /** Journal entries that were indexed, and those that there are. */
  readonly seq: number;
  readonly lastSeq: number;
  /** Age of the oldest entry that is not indexed; 0 when all is. Milliseconds. */
  readonly lagMs: number;
}

/** Where a term of a query stands in a text: `start` inclusive, `end` exclusive, in UTF-16 units. */
export interface Highlighted {
  readonly start: number;
  readonly end: number;
}

/** One thing that was found: a failed task, what solved a failure, a note, a run. Times are epoch milliseconds. */
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
  readonly highlights: readonly Highlighted[];
  /** Lines of a failure's output that hold terms of the query, at most three; its first line when none does. */
  readonly lines?: readonly { readonly text: string; readonly highlights: readonly Highlighted[] }[];
  /** How many tell the same, and when those were that were looked at. */
  readonly count: number;
  /** There may be more: only a part of what there is was looked at. */
  readonly atLeast?: true;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** The answer to `find`. */
export interface FindReply {
  /** Best first, one for each task. Empty when nothing fits. */
  readonly hits: readonly SearchHitView[];
  /** When nothing fits: what comes nearest to it. */
  readonly nearest?: readonly SearchHitView[];
  /** The words of the query that were read as filters. `ignoreFilters` of a request leaves them in the text. */
  readonly parsed: readonly ParsedPhrase[];
  /** Filters that were read from the words and are not applied, because nothing fits with them. */
  readonly dropped?: readonly ParsedPhrase[];
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

/** The answer to `remember` and `resolve`: it is kept; found by searches as soon as it is indexed. */
export interface NoteReply {
  readonly id: string;
  readonly indexed: boolean;
}

/** The answer to `resolve`. `seen` shows the resolution for failures with this fingerprint; searches find it in any case. */
export interface ResolveReply extends NoteReply {
  /** Absent when nothing tells the cause of the failure. */
  readonly fingerprint?: string;
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
  /** What the index takes of the memory, as estimated, and may take: `vectorizer.memory`. Absent until it was looked at. */
  readonly memory?: {
    readonly bytes: number;
    readonly limitBytes: number;
    readonly points: number;
    /** Collections that are read from the disk, so that the others stay within the limit. */
    readonly onDisk: readonly string[];
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
