import { AppError } from '@precedent/kernel';
import { checkPoints, hasTerm, wordsOf } from '@precedent/ports';
import type {
  CollectionSpec,
  Point,
  PointAge,
  PointFilter,
  PointHit,
  PointMark,
  PointPayload,
  PointQuery,
  PointVector,
} from '@precedent/ports';
import { carries, meets } from './vector-index-filter.ts';

interface Row {
  readonly id: string;
  /** Of length one. */
  readonly vector: Float32Array;
  readonly payload: PointPayload;
  readonly words: readonly string[];
}

const NAMESPACES_NONE: ReadonlyMap<string, Row> = new Map();

/** The points of one collection, each namespace on its own. */
export class VectorCollection {
  readonly dimensions: number;
  readonly #indexed: Map<string, string>;
  readonly #spaces = new Map<string, Map<string, Row>>();
  readonly #spaceOf = new Map<string, string>();

  constructor({ dimensions, indexed }: CollectionSpec) {
    this.dimensions = dimensions;
    this.#indexed = new Map(Object.entries(indexed));
  }

  get size(): number {
    return this.#spaceOf.size;
  }

  /** What keeps the collection from being what is wished; takes the fields that are new. */
  adopt({ dimensions, indexed }: CollectionSpec): string | undefined {
    if (dimensions !== this.dimensions) return `vectors of ${this.dimensions} dimensions, not ${dimensions}`;
    for (const [name, type] of Object.entries(indexed)) {
      const there = this.#indexed.get(name);
      if (there !== undefined && there !== type) return `${name} indexed as ${there}, not ${type}`;
    }
    for (const [name, type] of Object.entries(indexed)) this.#indexed.set(name, type);
    return undefined;
  }

  /** How many of the points it does not hold yet. */
  fresh(points: readonly Point[]): number {
    return new Set(points.map(({ id }) => id).filter((id) => !this.#spaceOf.has(id))).size;
  }

  put(points: readonly Point[], onlyOver?: PointMark): void {
    checkPoints(points);
    this.#checkDimensions(points);
    for (const { id, vector, payload } of points) {
      const there = this.#row(id);
      if (onlyOver && there && !carries(there.payload, onlyOver)) continue;
      this.#take(id);
      const row = {
        id,
        vector: unit(vector),
        payload: structuredClone(payload),
        words: wordsOf(payload.text),
      };
      this.#spaceOf.set(id, payload.namespace);
      this.#space(payload.namespace).set(id, row);
    }
  }

  fill(points: readonly PointVector[], mark: PointMark): void {
    this.#checkDimensions(points);
    for (const { id, vector } of points) {
      const there = this.#row(id);
      if (there === undefined || !carries(there.payload, mark)) continue;
      const payload = without(there.payload, mark);
      this.#space(payload.namespace).set(id, { ...there, vector: unit(vector), payload });
    }
  }

  nearest({ filter, vector, anyTerm, limit }: PointQuery): PointHit[] {
    this.#checkDimensions([{ vector }]);
    const direction = unit(vector);
    const scored = this.#matching(filter)
      .filter(({ words }) => anyTerm === undefined || anyTerm.some((term) => hasTerm(words, term)))
      .map((row) => ({ row, score: dot(row.vector, direction) }));
    scored.sort((a, b) => b.score - a.score || byId(a.row, b.row));
    return scored.slice(0, limit).map(({ row, score }) => ({ ...shown(row), score }));
  }

  /** Up to `limit` points behind an id, in the order of ids, and whether there are more. */
  page(filter: PointFilter, limit: number, after = ''): { points: Omit<PointHit, 'score'>[]; more: boolean } {
    return pageOf(this.#matching(filter), limit, after);
  }

  /** The same through all namespaces. */
  walk(mark: PointMark, limit: number, after = ''): { points: Omit<PointHit, 'score'>[]; more: boolean } {
    return pageOf(this.#carrying(mark), limit, after);
  }

  sizeOf(mark: PointMark): number {
    return this.#carrying(mark).length;
  }

  count(filter: PointFilter): number {
    return this.#matching(filter).length;
  }

  remove(filter: PointFilter): void {
    for (const { id } of this.#matching(filter)) this.#take(id);
  }

  expire({ field, before, not = {} }: PointAge): void {
    const age = { ranges: { [field]: { to: before } }, not };
    for (const namespace of this.#spaces.keys()) this.remove({ namespace, ...age });
  }

  #matching(filter: PointFilter): Row[] {
    const rows = this.#spaces.get(filter.namespace) ?? NAMESPACES_NONE;
    return [...rows.values()].filter(({ payload }) => meets(payload, filter));
  }

  #carrying(mark: PointMark): Row[] {
    const all = [...this.#spaces.values()].flatMap((space) => [...space.values()]);
    return all.filter(({ payload }) => carries(payload, mark));
  }

  #row(id: string): Row | undefined {
    return this.#spaces.get(this.#spaceOf.get(id) ?? '')?.get(id);
  }

  #space(namespace: string): Map<string, Row> {
    const there = this.#spaces.get(namespace);
    if (there) return there;
    const space = new Map<string, Row>();
    this.#spaces.set(namespace, space);
    return space;
  }

  #take(id: string): void {
    const namespace = this.#spaceOf.get(id);
    if (namespace === undefined) return;
    this.#spaceOf.delete(id);
    const space = this.#spaces.get(namespace);
    space?.delete(id);
    if (space?.size === 0) this.#spaces.delete(namespace);
  }

  #checkDimensions(all: readonly Pick<Point, 'vector'>[]): void {
    const other = all.find(({ vector }) => vector.length !== this.dimensions);
    if (other === undefined) return;
    const fact = `has ${other.vector.length} dimensions, the collection ${this.dimensions}`;
    throw new AppError('INVALID_REQUEST', `vector ${fact}`, { issues: [{ field: 'vector', message: fact }] });
  }
}

const without = (payload: PointPayload, mark: PointMark): PointPayload => {
  const { namespace, at, text } = payload;
  const rest = Object.entries(payload).filter(([name]) => !Object.hasOwn(mark, name));
  return { ...Object.fromEntries(rest), namespace, at, text };
};

const pageOf = (
  rows: readonly Row[],
  limit: number,
  after: string,
): { points: Omit<PointHit, 'score'>[]; more: boolean } => {
  const later = rows.filter(({ id }) => id > after).toSorted(byId);
  return { points: later.slice(0, limit).map(shown), more: later.length > limit };
};

const shown = ({ id, payload }: Row): Omit<PointHit, 'score'> => ({ id, payload: structuredClone(payload) });

const byId = (a: Row, b: Row): number => (a.id < b.id ? -1 : 1);

const unit = (vector: Float32Array): Float32Array => {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
};

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};
