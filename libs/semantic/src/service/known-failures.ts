import type { FailuresReply } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { AppError, isAppError } from '@precedent/kernel';
import type { Embedder, PointFilter, PointHit } from '@precedent/ports';
import type { FailurePoint, KindOfFailures, PageOfClusters } from '../precedents/failures.ts';
import { NEW_MS, clustersOf, kindsOf, pageOfClusters } from '../precedents/failures.ts';
import type { Archive } from './archive.ts';

export interface FailuresQuery extends PageOfClusters {
  readonly namespace: string;
  readonly project?: string | undefined;
  readonly since: EpochMs;
  readonly now: EpochMs;
}

/** `semantic` is false without a model: a cluster is one kind. */
export type FailuresAnswer = Omit<FailuresReply, 'since' | 'cursor'>;

const FAILURES_MAX = 10_000;
/** The most frequent kinds, which are compared by meaning; each rarer one is a cluster of its own. */
const COMPARED_MAX = 500;

/** The failures since a time, clustered by cause. Rejects VECTORS_UNAVAILABLE. */
export const knownFailures = async (
  archive: Archive,
  embedder: Embedder | undefined,
  { namespace, project, since, now, ...page }: FailuresQuery,
): Promise<FailuresAnswer> => {
  if (since >= now)
    throw new AppError('INVALID_REQUEST', `since is ${since}; a time before now (${now}) is expected`);
  const filter = { namespace, fields: { kind: 'failure', ...(project !== undefined && { project }) } };
  // One more than are examined says whether there are more.
  const points = await archive.all(
    { ...filter, ranges: { at: { from: since, to: now + 1 } } },
    FAILURES_MAX + 1,
  );
  const failures = points.slice(0, FAILURES_MAX).flatMap(failurePointOf);
  const kinds = kindsOf(failures);
  const recent = kinds.filter(({ firstAt }) => firstAt >= now - NEW_MS);
  const known = await seenBefore(archive, { ...filter, ranges: { at: { to: since } } }, recent);
  const nearness = await nearnessOf(kinds.slice(0, COMPARED_MAX), embedder);
  const clusters = clustersOf(kinds, { since, now, known, nearness });
  return {
    failures: failures.length,
    partial: points.length > FAILURES_MAX,
    semantic: nearness !== undefined,
    found: clusters.length,
    clusters: pageOfClusters(clusters, page),
  };
};

const failurePointOf = ({ payload }: Omit<PointHit, 'score'>): readonly FailurePoint[] => {
  const { fingerprint, spec, task, type, at, text } = payload;
  if (typeof task !== 'string') return [];
  return [
    {
      ...(typeof fingerprint === 'string' && { fingerprint }),
      spec: typeof spec === 'string' ? spec : '',
      task,
      type: typeof type === 'string' ? type : '',
      at,
      text,
    },
  ];
};

/** The kinds that have a failure among the points of the filter. */
const seenBefore = async (
  archive: Archive,
  filter: PointFilter,
  kinds: readonly KindOfFailures[],
): Promise<ReadonlySet<KindOfFailures>> => {
  const [named, unnamed] = [kinds.filter(isNamed), kinds.filter((kind) => !isNamed(kind))];
  const [fingerprints, specs] = await Promise.all([
    archive.valuesAmong(filter, 'fingerprint', named.map(fingerprintOf)),
    archive.valuesAmong(
      filter,
      'spec',
      unnamed.map(({ spec }) => spec),
    ),
  ]);
  return new Set([
    ...named.filter((kind) => fingerprints.has(fingerprintOf(kind))),
    ...unnamed.filter(({ spec }) => specs.has(spec)),
  ]);
};

const isNamed = ({ fingerprint }: KindOfFailures): boolean => fingerprint !== undefined;
const fingerprintOf = ({ fingerprint = '' }: KindOfFailures): string => fingerprint;

/** The cosine of two kinds' texts, whose vectors are cached since they were indexed; `undefined` when the model is missing or fails. */
const nearnessOf = async (
  kinds: readonly KindOfFailures[],
  embedder: Embedder | undefined,
): Promise<((a: number, b: number) => number) | undefined> => {
  try {
    const vectors = (await embedder?.embed(kinds.map(({ text }) => text)))?.map(unitOf);
    return vectors && ((a, b) => dot(vectors[a], vectors[b]));
  } catch (error) {
    if (isAppError(error) && error.code === 'EMBEDDER_UNAVAILABLE') return undefined;
    throw error;
  }
};

const unitOf = (vector: Float32Array): Float32Array => {
  const length = Math.max(1e-9, Math.sqrt(dot(vector, vector)));
  return vector.map((value) => value / length);
};

/** 0 where a vector is absent. A loop, because hundreds of kinds are compared with each other. */
const dot = (a: Float32Array | undefined, b: Float32Array | undefined): number => {
  if (a === undefined || b === undefined) return 0;
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
};
