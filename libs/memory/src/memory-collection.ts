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
  VectorIndex,
} from '@precedent/ports';
import { carries, meets } from './point-filter.ts';

interface Row {
  readonly id: string;
  /** Of length one. */
  readonly vector: Float32Array;
  readonly payload: PointPayload;
  readonly words: readonly string[];
}

const NO_ROWS: ReadonlyMap<string, Row> = new Map();

/** The points of one collection, in a map per namespace. */
export class MemoryCollection {
  readonly dimensions: number;
  readonly #indexed: Map<string, string>;
  readonly #namespaces = new Map<string, Map<string, Row>>();
  readonly #namespaceOf = new Map<string, string>();

  constructor({ dimensions, indexed }: CollectionSpec) {
    this.dimensions = dimensions;
    this.#indexed = new Map(Object.entries(indexed));
  }

  get size(): number {
    return this.#namespaceOf.size;
  }

  /** Adds the indexed fields that are new. Returns why the spec contradicts the collection; `undefined` when it does not. */
  adopt({ dimensions, indexed }: CollectionSpec): string | undefined {
    if (dimensions !== this.dimensions) return `vectors of ${this.dimensions} dimensions, not ${dimensions}`;
    for (const [name, type] of Object.entries(indexed)) {
      const existing = this.#indexed.get(name);
      if (existing !== undefined && existing !== type) return `${name} indexed as ${existing}, not ${type}`;
    }
    for (const [name, type] of Object.entries(indexed)) this.#indexed.set(name, type);
    return undefined;
  }

  /** The number of points that the collection does not hold yet. */
  countNew(points: readonly Point[]): number {
    return new Set(points.map(({ id }) => id).filter((id) => !this.#namespaceOf.has(id))).size;
  }

  put(points: readonly Point[], onlyOver?: PointMark): void {
    checkPoints(points);
    this.#checkDimensions(points);
    for (const { id, vector, payload } of points) {
      const existing = this.#row(id);
      if (onlyOver && existing && !carries(existing.payload, onlyOver)) continue;
      this.#removePoint(id);
      const row = {
        id,
        vector: unit(vector),
        payload: structuredClone(payload),
        words: wordsOf(payload.text),
      };
      this.#namespaceOf.set(id, payload.namespace);
      this.#rowsOf(payload.namespace).set(id, row);
    }
  }

  fill(points: readonly PointVector[], mark: PointMark): void {
    this.#checkDimensions(points);
    for (const { id, vector } of points) {
      const existing = this.#row(id);
      if (existing === undefined || !carries(existing.payload, mark)) continue;
      const payload = without(existing.payload, mark);
      this.#rowsOf(payload.namespace).set(id, { ...existing, vector: unit(vector), payload });
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

  /** Up to `limit` points after an id, in the order of ids; `next` is the last one's id if there are more. */
  page(filter: PointFilter, page: PageQuery): Page {
    return pageOf(this.#matching(filter), page);
  }

  /** Like `page`, through all namespaces, for points that carry the mark. */
  walk(mark: PointMark, page: PageQuery): Page {
    return pageOf(this.#carrying(mark), page);
  }

  sizeOf(mark: PointMark): number {
    return this.#carrying(mark).length;
  }

  count(filter: PointFilter): number {
    return this.#matching(filter).length;
  }

  remove(filter: PointFilter): void {
    for (const { id } of this.#matching(filter)) this.#removePoint(id);
  }

  expire({ field, before, not = {} }: PointAge): void {
    const age = { ranges: { [field]: { to: before } }, not };
    for (const namespace of this.#namespaces.keys()) this.remove({ namespace, ...age });
  }

  #matching(filter: PointFilter): Row[] {
    const rows = this.#namespaces.get(filter.namespace) ?? NO_ROWS;
    return [...rows.values()].filter(({ payload }) => meets(payload, filter));
  }

  #carrying(mark: PointMark): Row[] {
    const all = [...this.#namespaces.values()].flatMap((rows) => [...rows.values()]);
    return all.filter(({ payload }) => carries(payload, mark));
  }

  #row(id: string): Row | undefined {
    return this.#namespaces.get(this.#namespaceOf.get(id) ?? '')?.get(id);
  }

  #rowsOf(namespace: string): Map<string, Row> {
    const existing = this.#namespaces.get(namespace);
    if (existing) return existing;
    const rows = new Map<string, Row>();
    this.#namespaces.set(namespace, rows);
    return rows;
  }

  #removePoint(id: string): void {
    const namespace = this.#namespaceOf.get(id);
    if (namespace === undefined) return;
    this.#namespaceOf.delete(id);
    const rows = this.#namespaces.get(namespace);
    rows?.delete(id);
    if (rows?.size === 0) this.#namespaces.delete(namespace);
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

type PageQuery = Parameters<VectorIndex['scroll']>[2];
type Page = Awaited<ReturnType<VectorIndex['scroll']>>;

const pageOf = (rows: readonly Row[], { limit, after = '' }: PageQuery): Page => {
  const later = rows.filter(({ id }) => id > after).toSorted(byId);
  const points = later.slice(0, limit).map(shown);
  const next = points.at(-1)?.id;
  return { points, ...(later.length > limit && next !== undefined && { next }) };
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
