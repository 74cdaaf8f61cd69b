import type { FailureKind, FailuresReply } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { AppError, isAppError } from '@precedent/kernel';
import type { Embedder, PointHit } from '@precedent/ports';
import type { FailurePoint } from '../precedents/failures.ts';
import { NEW_MS, clustersOf, kindsOf } from '../precedents/failures.ts';
import type { Archive } from './archive.ts';

export interface FailuresQuery {
  readonly namespace: string;
  readonly project?: string | undefined;
  readonly since: EpochMs;
  readonly now: EpochMs;
}

/** `semantic` is false without a model: clusters then hold one fingerprint each. */
export type FailuresAnswer = Omit<FailuresReply, 'since' | 'found'>;

const FAILURES_MAX = 5_000;

/** The failures since a time, clustered by cause. Rejects VECTORS_UNAVAILABLE. */
export const knownFailures = async (
  archive: Archive,
  embedder: Embedder | undefined,
  { namespace, project, since, now }: FailuresQuery,
): Promise<FailuresAnswer> => {
  if (since >= now)
    throw new AppError('INVALID_REQUEST', `since is ${since}; a time before now (${now}) is expected`);
  const filter = { namespace, fields: { kind: 'failure', ...(project !== undefined && { project }) } };
  const points = await archive.all({ ...filter, ranges: { at: { from: since, to: now + 1 } } }, FAILURES_MAX);
  const failures = points.flatMap(failurePointOf);
  const kinds = kindsOf(failures);
  const recent = kinds.filter(({ firstAt }) => firstAt >= now - NEW_MS).map(({ fingerprint }) => fingerprint);
  const older = await Promise.all(
    recent.map((fingerprint) =>
      archive.count({
        ...filter,
        fields: { ...filter.fields, fingerprint },
        ranges: { at: { from: 0, to: since } },
      }),
    ),
  );
  const known = new Set(recent.filter((_, at) => (older[at] ?? 0) > 0));
  const nearness = await nearnessOf(kinds, embedder);
  return {
    failures: failures.length,
    partial: points.length === FAILURES_MAX,
    semantic: nearness !== undefined,
    clusters: clustersOf(kinds, { failures, since, now, known, nearness }),
  };
};

const failurePointOf = ({ payload }: Omit<PointHit, 'score'>): readonly FailurePoint[] => {
  const { fingerprint, task, type, at, text } = payload;
  if (typeof fingerprint !== 'string' || typeof task !== 'string') return [];
  return [{ fingerprint, task, type: typeof type === 'string' ? type : '', at, text }];
};

/** The cosine of two kinds' texts, whose vectors are cached since they were indexed; `undefined` when the model is missing or fails. */
const nearnessOf = async (
  kinds: readonly FailureKind[],
  embedder: Embedder | undefined,
): Promise<((a: number, b: number) => number) | undefined> => {
  try {
    const vectors = await embedder?.embed(kinds.map(({ text }) => text));
    return vectors && ((a, b) => cosine(vectors[a], vectors[b]));
  } catch (error) {
    if (isAppError(error) && error.code === 'EMBEDDER_UNAVAILABLE') return undefined;
    throw error;
  }
};

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number => {
  if (a === undefined || b === undefined) return 0;
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, one, at) => sum + one * (y[at] ?? 0), 0);
  return dot(a, b) / Math.max(1e-9, Math.sqrt(dot(a, a) * dot(b, b)));
};
