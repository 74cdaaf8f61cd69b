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
import type { CollectionSpec, IndexMemory, VectorIndex } from '@precedent/ports';
import { MemoryCollection } from './memory-collection.ts';

export interface MemoryVectorIndexOptions {
  /** Points of all collections together; 200,000 by default, which is about 600 MB of vectors with 384 dimensions. */
  readonly pointsMax?: number;
}

const POINTS_MAX = 200_000;
const NUMBER_BYTES = 4;
/** Of a payload with its words, roughly. */
const ROW_BYTES = 1_500;

/**
 * The vector index in memory: every query compares every point of its namespace. Nothing outlives the process. An upsert
 * beyond `pointsMax` rejects with VECTORS_UNAVAILABLE.
 */
export const memoryVectorIndex = ({ pointsMax = POINTS_MAX }: MemoryVectorIndexOptions = {}): VectorIndex => {
  const collections = new MemoryCollections(pointsMax);
  return {
    ensure: async (spec) => collections.ensure(spec),
    collections: async () => collections.names(),
    drop: async (collection) => collections.drop(collection),
    upsert: async (collection, points, { onlyOver } = {}) => {
      checkPoints(points);
      if (onlyOver) checkMark(onlyOver);
      const target = collections.get(collection);
      collections.checkCapacity(target.countNew(points));
      target.put(points, onlyOver);
    },
    fill: async (collection, points, mark) => {
      checkVectors(points);
      checkMark(mark);
      collections.get(collection).fill(points, mark);
    },
    query: async (collection, query) => {
      checkQuery(query);
      return collections.get(collection).nearest(query);
    },
    scroll: async (collection, filter, page) => {
      checkFilter(filter);
      checkPage(page);
      return collections.get(collection).page(filter, page);
    },
    count: async (collection, filter) => {
      checkFilter(filter);
      return collections.get(collection).count(filter);
    },
    remove: async (collection, filter) => {
      checkFilter(filter);
      collections.get(collection).remove(filter);
    },
    expire: async (collection, age) => {
      checkAge(age);
      collections.get(collection).expire(age);
    },
    walk: async (collection, mark, page) => {
      checkMark(mark);
      checkPage(page);
      return collections.get(collection).walk(mark, page);
    },
    size: async (collection, mark) => {
      checkMark(mark);
      return collections.get(collection).sizeOf(mark);
    },
    alias: async (name, collection) => collections.alias(name, collection),
    behind: async (name) => collections.behind(name),
    limitMemory: async (names) => collections.memoryOf(names),
    ping: async () => undefined,
  };
};

/** Collections and their aliases. */
class MemoryCollections {
  readonly #byName = new Map<string, MemoryCollection>();
  readonly #aliases = new Map<string, string>();
  readonly #pointsMax: number;

  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  names(): string[] {
    return [...this.#byName.keys()].toSorted();
  }
  get(name: string): MemoryCollection {
    checkCollectionName(name);
    const existing = this.#byName.get(this.#aliases.get(name) ?? name);
    if (!existing) throw invalid('collection', `"${name}" does not exist`);
    return existing;
  }

  ensure(spec: CollectionSpec): void {
    checkCollectionSpec(spec);
    if (this.#aliases.has(spec.name)) throw invalid('name', `"${spec.name}" is an alias`);
    const existing = this.#byName.get(spec.name);
    const conflict = existing?.adopt(spec);
    if (conflict !== undefined) throw invalid('name', `"${spec.name}" is there with ${conflict}`);
    if (!existing) this.#byName.set(spec.name, new MemoryCollection(spec));
  }

  drop(collection: string): void {
    checkCollectionName(collection);
    if (!this.#byName.delete(collection)) return;
    for (const [name, target] of this.#aliases) if (target === collection) this.#aliases.delete(name);
  }

  alias(name: string, collection: string): void {
    checkCollectionName(name, 'name');
    checkCollectionName(collection);
    if (this.#byName.has(name)) throw invalid('name', `"${name}" is a collection`);
    if (!this.#byName.has(collection)) throw invalid('collection', `"${collection}" does not exist`);
    this.#aliases.set(name, collection);
  }

  behind(name: string): { collection: string; dimensions: number } | undefined {
    checkCollectionName(name, 'name');
    const collection = this.#aliases.get(name);
    return collection === undefined ? undefined : { collection, dimensions: this.get(collection).dimensions };
  }

  /** There is no disk to move them to. */
  memoryOf(names: readonly string[]): IndexMemory {
    const held = names.map((name) => this.get(name));
    return {
      bytes: held.reduce(
        (sum, { size, dimensions }) => sum + size * (dimensions * NUMBER_BYTES + ROW_BYTES),
        0,
      ),
      points: held.reduce((sum, { size }) => sum + size, 0),
      onDisk: [],
    };
  }

  checkCapacity(added: number): void {
    const held = [...this.#byName.values()].reduce((sum, { size }) => sum + size, 0);
    if (held + added <= this.#pointsMax) return;
    const message = `the index in memory holds ${held} of ${this.#pointsMax} points`;
    throw new AppError('VECTORS_UNAVAILABLE', message, { details: { limit: this.#pointsMax } });
  }
}

const invalid = (field: string, fact: string): AppError =>
  new AppError('INVALID_REQUEST', `${field} ${fact}`, { issues: [{ field, message: fact }] });
