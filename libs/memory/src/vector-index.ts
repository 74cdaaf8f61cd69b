import { AppError } from '@precedent/kernel';
import {
  checkAge,
  checkCollectionName,
  checkFilter,
  checkMark,
  checkPage,
  checkPoints,
  checkQuery,
  checkVectors,
  checkCollectionSpec,
} from '@precedent/ports';
import type { CollectionSpec, VectorIndex } from '@precedent/ports';
import { VectorCollection } from './vector-index-collection.ts';

export interface MemoryVectorIndexOptions {
  /** Points over all collections; 200,000 by default, which is some 600 MB of vectors with 384 dimensions. */
  readonly pointsMax?: number;
}

const POINTS_MAX = 200_000;

/**
 * The vector index in memory: every query looks at every point of its namespace. Gone with the process. An upsert beyond
 * `pointsMax` rejects with VECTORS_UNAVAILABLE.
 */
export const memoryVectorIndex = ({ pointsMax = POINTS_MAX }: MemoryVectorIndexOptions = {}): VectorIndex => {
  const shelf = new Shelf(pointsMax);
  return {
    ensure: async (spec) => shelf.ensure(spec),
    collections: async () => [...shelf.collections.keys()].toSorted(),
    drop: async (collection) => shelf.drop(collection),
    upsert: async (collection, points, { onlyOver } = {}) => {
      checkPoints(points);
      if (onlyOver) checkMark(onlyOver);
      const target = shelf.get(collection);
      shelf.checkRoom(target.fresh(points));
      target.put(points, onlyOver);
    },
    fill: async (collection, points, mark) => {
      checkVectors(points);
      checkMark(mark);
      shelf.get(collection).fill(points, mark);
    },
    query: async (collection, query) => {
      checkQuery(query);
      return shelf.get(collection).nearest(query);
    },
    scroll: async (collection, filter, page) => {
      checkFilter(filter);
      checkPage(page);
      const { points, more } = shelf.get(collection).page(filter, page.limit, page.after);
      const next = more ? points.at(-1)?.id : undefined;
      return { points, ...(next !== undefined && { next }) };
    },
    count: async (collection, filter) => {
      checkFilter(filter);
      return shelf.get(collection).count(filter);
    },
    remove: async (collection, filter) => {
      checkFilter(filter);
      shelf.get(collection).remove(filter);
    },
    expire: async (collection, age) => {
      checkAge(age);
      shelf.get(collection).expire(age);
    },
    walk: async (collection, mark, page) => {
      checkMark(mark);
      checkPage(page);
      const { points, more } = shelf.get(collection).walk(mark, page.limit, page.after);
      const next = more ? points.at(-1)?.id : undefined;
      return { points, ...(next !== undefined && { next }) };
    },
    size: async (collection, mark) => {
      checkMark(mark);
      return shelf.get(collection).sizeOf(mark);
    },
    alias: async (name, collection) => shelf.alias(name, collection),
    behind: async (name) => shelf.behind(name),
    ping: async () => undefined,
  };
};

/** Collections and their second names. */
class Shelf {
  readonly collections = new Map<string, VectorCollection>();
  readonly #aliases = new Map<string, string>();
  readonly #pointsMax: number;

  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  get(name: string): VectorCollection {
    checkCollectionName(name);
    const there = this.collections.get(this.#aliases.get(name) ?? name);
    if (!there) throw invalid('collection', `"${name}" does not exist`);
    return there;
  }

  ensure(spec: CollectionSpec): void {
    checkCollectionSpec(spec);
    if (this.#aliases.has(spec.name)) throw invalid('name', `"${spec.name}" is an alias`);
    const there = this.collections.get(spec.name);
    const conflict = there?.adopt(spec);
    if (conflict !== undefined) throw invalid('name', `"${spec.name}" is there with ${conflict}`);
    if (!there) this.collections.set(spec.name, new VectorCollection(spec));
  }

  drop(collection: string): void {
    checkCollectionName(collection);
    if (!this.collections.delete(collection)) return;
    for (const [name, target] of this.#aliases) if (target === collection) this.#aliases.delete(name);
  }

  alias(name: string, collection: string): void {
    checkCollectionName(name, 'name');
    checkCollectionName(collection);
    if (this.collections.has(name)) throw invalid('name', `"${name}" is a collection`);
    if (!this.collections.has(collection)) throw invalid('collection', `"${collection}" does not exist`);
    this.#aliases.set(name, collection);
  }

  behind(name: string): { collection: string; dimensions: number } | undefined {
    checkCollectionName(name, 'name');
    const collection = this.#aliases.get(name);
    return collection === undefined ? undefined : { collection, dimensions: this.get(collection).dimensions };
  }

  checkRoom(fresh: number): void {
    const held = [...this.collections.values()].reduce((sum, { size }) => sum + size, 0);
    if (held + fresh <= this.#pointsMax) return;
    const message = `the index in memory holds ${held} of ${this.#pointsMax} points`;
    throw new AppError('VECTORS_UNAVAILABLE', message, { details: { limit: this.#pointsMax } });
  }
}

const invalid = (field: string, fact: string): AppError =>
  new AppError('INVALID_REQUEST', `${field} ${fact}`, { issues: [{ field, message: fact }] });
