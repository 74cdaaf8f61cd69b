import { isAppError } from '@precedent/kernel';
import type { PointMark, PointVector } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';
import { sentVector } from './qdrant-batches.ts';
import type { QdrantCalls } from './qdrant-calls.ts';
import { qdrantMark } from './qdrant-filter.ts';

interface FillOptions {
  readonly calls: QdrantCalls;
  readonly collection: string;
  readonly mark: PointMark;
}

/**
 * Sets the vectors of points that carry the mark, and removes the mark. The server refuses the whole batch when a point does not exist:
 * such points are then left out, and the others sent again.
 */
export const fillBatch = async (options: FillOptions, points: readonly PointVector[]): Promise<void> => {
  const { calls, collection, mark } = options;
  const filter = marked(points, mark);
  const vectors = points.map(({ id, vector }) => ({ id, vector: sentVector(vector) }));
  // The vectors first: after a crash between the two the mark is still there, and the points are filled again.
  const operations = [
    { update_vectors: { points: vectors, update_filter: qdrantMark(mark) } },
    { delete_payload: { keys: Object.keys(mark), filter } },
  ];
  try {
    const request = { operations, wait: true };
    await calls.writeIdempotent(`filling ${collection}`, (client) => client.batchUpdate(collection, request));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const existing = await idsOf(options, filter, points.length);
    const left = points.filter(({ id }) => existing.has(id));
    if (left.length === points.length) throw error;
    if (left.length > 0) await fillBatch(options, left);
  }
};

const marked = (points: readonly PointVector[], mark: PointMark): Schemas['Filter'] => ({
  must: [{ has_id: points.map(({ id }) => id) }, qdrantMark(mark)],
});

const idsOf = async (
  { calls, collection }: FillOptions,
  filter: Schemas['Filter'],
  limit: number,
): Promise<ReadonlySet<unknown>> => {
  const request = { filter, limit, with_payload: false };
  const { points } = await calls.read(`reading ${collection}`, (client) =>
    client.scroll(collection, request),
  );
  return new Set(points.map(({ id }) => id));
};

/** Of a point, or of the collection; without a collection the next call is refused too. */
const isNotFound = (error: unknown): boolean =>
  isAppError(error) && error.code === 'INVALID_REQUEST' && error.toProblem().details?.['status'] === 404;
