import type { Clearances } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/** The field of the payload with the security label. */
export const LABEL_FIELD = 'security_label';

/** What a point may carry in addition to its vector: flat, so that every index can filter by it. */
export type PointPayload = Readonly<Record<string, string | number | boolean | readonly string[]>> & {
  /** The tenant. Every query names one, and sees only its points. */
  readonly namespace: string;
  /** When it happened. */
  readonly at: EpochMs;
  /** What was embedded, and what exact terms are looked for in. */
  readonly text: string;
};

export interface Point {
  /** A UUID. An upsert of the same id replaces the point. */
  readonly id: string;
  readonly vector: Float32Array;
  readonly payload: PointPayload;
}

export type PointVector = Pick<Point, 'id' | 'vector'>;

/** All conditions hold together; several values of one field: any of them. */
export interface PointFilter {
  readonly namespace: string;
  readonly fields?: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  /** None of these. */
  readonly not?: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  /** Numbers, `at` among them: from inclusive, to exclusive. */
  readonly ranges?: Readonly<Record<string, { readonly from?: number; readonly to?: number }>>;
  /** Only points without a security label, and those for which somebody with these clearances is cleared. Absent: all. */
  readonly cleared?: Clearances;
}

/** What makes a point too old, whatever its namespace: this time of it is before another one. */
export interface PointAge extends Pick<PointFilter, 'not'> {
  readonly field: string;
  readonly before: EpochMs;
}

/** What a point must carry, whatever its namespace: for the upkeep of whole collections, never for an answer. */
export type PointMark = NonNullable<PointFilter['fields']>;

export interface PointQuery {
  readonly filter: PointFilter;
  /** Nearest first by cosine. */
  readonly vector: Float32Array;
  /** Only points whose text holds at least one of these as a whole word, whatever the case. */
  readonly anyTerm?: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface PointHit {
  readonly id: string;
  /** Cosine, -1 to 1. */
  readonly score: number;
  readonly payload: PointPayload;
}

/** How a collection is laid out; made when it is not there. */
export interface CollectionSpec {
  /** 1 to 64 of letters, digits, `_` and `-`. */
  readonly name: string;
  readonly dimensions: number;
  /** Fields of the payload that filters use. */
  readonly indexed: Readonly<Record<string, 'keyword' | 'integer' | 'float' | 'bool'>>;
}

/** What the points of some collections take of the memory. */
export interface IndexMemory {
  /** As estimated; a part of what is read from the disk as well. */
  readonly bytes: number;
  readonly points: number;
  /** Collections that are read from the disk. */
  readonly onDisk: readonly string[];
}

/**
 * Vectors with payloads, by collection. Every method rejects with VECTORS_UNAVAILABLE when the index does not answer, and with
 * INVALID_REQUEST for a vector of other dimensions or a collection that is there with another layout.
 */
export interface VectorIndex {
  ensure(spec: CollectionSpec): Promise<void>;
  /** The collections that there are. */
  collections(): Promise<readonly string[]>;
  drop(collection: string): Promise<void>;
  /**
   * Resolves when the points are found by queries. At most 1,000. With `onlyOver` a point that is there already is replaced only if
   * it carries this mark.
   */
  upsert(
    collection: string,
    points: readonly Point[],
    options?: { readonly onlyOver?: PointMark },
  ): Promise<void>;
  /**
   * Gives points that are there and carry the mark these vectors, and takes the mark from them. Whatever else is named is left
   * alone: nothing is inserted. At most 1,000.
   */
  fill(collection: string, points: readonly PointVector[], mark: PointMark): Promise<void>;
  query(collection: string, query: PointQuery): Promise<readonly PointHit[]>;
  /** Points by filter, without an order, `limit` (1 to 10,000) at a time; `after` is the id of the last one seen. */
  scroll(
    collection: string,
    filter: PointFilter,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly points: readonly Omit<PointHit, 'score'>[]; readonly next?: string }>;
  count(collection: string, filter: PointFilter): Promise<number>;
  remove(collection: string, filter: PointFilter): Promise<void>;
  /** Removes what is too old, in all namespaces. */
  expire(collection: string, age: PointAge): Promise<void>;
  /** Like `scroll`, in the order of ids, through all namespaces. */
  walk(
    collection: string,
    mark: PointMark,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly points: readonly Omit<PointHit, 'score'>[]; readonly next?: string }>;
  /** How many points of all namespaces carry the mark; all of them for an empty one. */
  size(collection: string, mark: PointMark): Promise<number>;
  /** Makes an alias of a collection, or moves it at once. */
  alias(name: string, collection: string): Promise<void>;
  /** The collection that an alias names now; `undefined` when there is no such alias. */
  behind(name: string): Promise<{ readonly collection: string; readonly dimensions: number } | undefined>;
  /**
   * Moves collections to the disk, the largest first, until all take at most so many bytes of the memory, as estimated; back as soon as they
   * fit well within. All stay in use. An index without a disk moves none.
   */
  limitMemory(collections: readonly string[], bytes: number): Promise<IndexMemory>;
  /** Rejects when the index cannot be used now. */
  ping(): Promise<void>;
}
