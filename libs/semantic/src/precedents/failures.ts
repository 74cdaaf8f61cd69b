import type { FailureCluster, FailureKind } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { wilson } from './statistics.ts';

/** One failed attempt. */
export interface FailurePoint {
  readonly fingerprint?: string;
  readonly spec: string;
  readonly task: string;
  readonly type: string;
  readonly at: EpochMs;
  readonly text: string;
}

/** A kind that was first seen within this time is new. Milliseconds. */
export const NEW_MS = 86_400_000;
/** The cosine from which two failure texts count as one cause; measured in docs/semantic.md. */
export const CLUSTER_MIN = 0.7;
/** The most kinds of one cluster that an answer names. */
const KINDS_MAX = 20;
const TYPES_MAX = 5;

/** All failures of a kind. */
export interface KindOfFailures extends FailureKind {
  readonly spec: string;
  readonly times: readonly EpochMs[];
}

/** Failures by fingerprint, those without one by spec; the most frequent first. */
export const kindsOf = (failures: readonly FailurePoint[]): readonly KindOfFailures[] =>
  [...Map.groupBy(failures, ({ fingerprint, spec }) => fingerprint ?? `spec ${spec}`).values()]
    .map(kindOf)
    .toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt || (a.task < b.task ? -1 : 1));

const kindOf = (cases: readonly FailurePoint[]): KindOfFailures => {
  const sorted = cases.toSorted((a, b) => a.at - b.at);
  const [first, last] = [sorted[0], sorted.at(-1)];
  return {
    ...(last?.fingerprint !== undefined && { fingerprint: last.fingerprint }),
    spec: last?.spec ?? '',
    times: sorted.map(({ at }) => at),
    text: last?.text ?? '',
    types: [...new Set(cases.map(({ type }) => type))].toSorted().slice(0, TYPES_MAX),
    count: cases.length,
    tasks: new Set(cases.map(({ task }) => task)).size,
    firstAt: first?.at ?? 0,
    lastAt: last?.at ?? 0,
    task: last?.task ?? '',
  };
};

export interface ClusterContext {
  readonly since: EpochMs;
  readonly now: EpochMs;
  /** Kinds that were seen before `since`. */
  readonly known: ReadonlySet<KindOfFailures>;
  /** The cosine of two kinds' texts, by their indexes; `undefined` without a model. */
  readonly nearness?: ((a: number, b: number) => number) | undefined;
}

/** Clusters kinds of failures by similarity: each kind joins the nearest more frequent one, if the cosine is at least `CLUSTER_MIN`. */
export const clustersOf = (
  kinds: readonly KindOfFailures[],
  context: ClusterContext,
): readonly FailureCluster[] => {
  const { nearness = () => 0 } = context;
  const members = new Map<number, KindOfFailures[]>();
  for (const [at, kind] of kinds.entries()) {
    const head = nearestOf([...members.keys()], (one) => nearness(one, at));
    if (head === undefined) members.set(at, [kind]);
    else members.get(head)?.push(kind);
  }
  const clusters = [...members.values()].map((one) => clusterOf(one, context));
  return clusters.toSorted((a, b) => b.count - a.count);
};

/** The nearest of some kinds, if it is near enough. */
const nearestOf = (heads: readonly number[], near: (head: number) => number): number | undefined => {
  let best: number | undefined;
  let least = CLUSTER_MIN;
  for (const head of heads) {
    const cosine = near(head);
    if (cosine < least) continue;
    best = head;
    least = cosine;
  }
  return best;
};

const clusterOf = (
  kinds: readonly KindOfFailures[],
  { since, now, known }: ClusterContext,
): FailureCluster => {
  const times = kinds.flatMap((kind) => kind.times);
  return {
    count: times.length,
    lastAt: Math.max(...kinds.map(({ lastAt }) => lastAt)),
    trend: trendOf(times, (since + now) / 2),
    kinds: kinds.map((kind) => {
      const { spec: _, times: __, ...view } = kind;
      return { ...view, isNew: kind.firstAt >= now - NEW_MS && !known.has(kind) };
    }),
    found: kinds.length,
  };
};

export interface PageOfClusters {
  readonly offset: number;
  readonly limit: number;
  /** Clusters with a new kind come first, and their new kinds. */
  readonly newFirst: boolean;
}

/** A part of the clusters, with the first kinds of each. */
export const pageOfClusters = (
  clusters: readonly FailureCluster[],
  { offset, limit, newFirst }: PageOfClusters,
): readonly FailureCluster[] => {
  const ordered = newFirst ? clusters.map(withNewFirst).toSorted((a, b) => newIn(b) - newIn(a)) : clusters;
  return ordered
    .slice(offset, offset + limit)
    .map((cluster) => ({ ...cluster, kinds: cluster.kinds.slice(0, KINDS_MAX) }));
};

const withNewFirst = (cluster: FailureCluster): FailureCluster => ({
  ...cluster,
  kinds: cluster.kinds.toSorted((a, b) => Number(b.isNew) - Number(a.isNew)),
});

/** 1 for a cluster whose first kind is new. */
const newIn = ({ kinds }: FailureCluster): number => Number(kinds[0]?.isNew ?? false);

const trendOf = (times: readonly EpochMs[], middle: EpochMs): FailureCluster['trend'] => {
  const late = times.filter((at) => at >= middle).length;
  const { low, high } = wilson(late, times.length);
  if (low > 0.5) return 'rising';
  return high < 0.5 ? 'falling' : 'steady';
};
