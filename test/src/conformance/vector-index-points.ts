import { isAppError } from '@precedent/kernel';
import type { Point, PointPayload, VectorIndex } from '@precedent/ports';

/** An index with one collection, `name`, with the layout SPEC. */
export type Setup = () => Promise<{ index: VectorIndex; name: string }>;

export const INDEXED = {
  kind: 'keyword',
  code: 'integer',
  ratio: 'float',
  final: 'bool',
  tags: 'keyword',
} as const;
export const SPEC = { dimensions: 4, indexed: INDEXED } as const;

export const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A point with good defaults; the higher `n`, the further from [1, 0, 0, 0]. */
export const aPoint = (n: number, payload: Partial<PointPayload> = {}): Point => ({
  id: idOf(n),
  vector: Float32Array.of(1, n / 10, 0, 0),
  payload: { namespace: 'acme', at: 1_000 + n, text: `point ${n}`, ...payload } as PointPayload,
});

export const NEAR = Float32Array.of(1, 0, 0, 0);
export const numberOf = (id: string): number => Number(id.slice(-12));

export const problemOf = async (failing: Promise<unknown>) => {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error('an AppError was expected', { cause: error });
  return error.toProblem();
};
