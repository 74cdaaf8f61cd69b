import type { FailureCluster, FailureKind } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { wilson } from './statistics.ts';

/** One failed attempt. */
export interface FailurePoint {
  readonly fingerprint: string;
  readonly task: string;
  readonly type: string;
  readonly at: EpochMs;
  readonly text: string;
}

/** A kind that was first seen within this time is new. Milliseconds. */
export const NEW_MS = 86_400_000;
/** The cosine from which two failure texts count as one cause; measured in docs/semantic.md. */
export const CLUSTER_MIN = 0.7;
/** The most kinds in an answer. */
export const KINDS_MAX = 50;
const TYPES_MAX = 5;

/** Failures by fingerprint, the most frequent first. */
export const kindsOf = (failures: readonly FailurePoint[]): readonly FailureKind[] =>
  [...Map.groupBy(failures, ({ fingerprint }) => fingerprint).values()]
    .map(kindOf)
    .toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt)
    .slice(0, KINDS_MAX);

const kindOf = (cases: readonly FailurePoint[]): FailureKind => {
  const sorted = cases.toSorted((a, b) => a.at - b.at);
  const [first, last] = [sorted[0], sorted.at(-1)];
  return {
    fingerprint: last?.fingerprint ?? '',
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
  readonly failures: readonly FailurePoint[];
  readonly since: EpochMs;
  readonly now: EpochMs;
  /** Fingerprints that were seen before `since`. */
  readonly known: ReadonlySet<string>;
  /** The cosine of two kinds' texts, by their indexes; `undefined` without a model. */
  readonly nearness?: ((a: number, b: number) => number) | undefined;
}

/** Clusters kinds of failures by similarity: each kind joins the nearest more frequent one, if the cosine is at least `CLUSTER_MIN`. */
export const clustersOf = (
  kinds: readonly FailureKind[],
  context: ClusterContext,
): readonly FailureCluster[] => {
  const heads: number[] = [];
  const headOf = kinds.map((_, at) => {
    const near = (head: number): number => context.nearness?.(head, at) ?? 0;
    const [best] = heads.toSorted((a, b) => near(b) - near(a));
    if (best !== undefined && near(best) >= CLUSTER_MIN) return best;
    heads.push(at);
    return at;
  });
  const clusters = heads.map((head) => kinds.filter((_, at) => headOf[at] === head));
  return clusters.map((one) => clusterOf(one, context)).toSorted((a, b) => b.count - a.count);
};

const clusterOf = (
  kinds: readonly FailureKind[],
  { failures, since, now, known }: ClusterContext,
): FailureCluster => {
  const names = new Set(kinds.map(({ fingerprint }) => fingerprint));
  const times = failures.filter(({ fingerprint }) => names.has(fingerprint)).map(({ at }) => at);
  return {
    count: times.length,
    lastAt: Math.max(...times),
    trend: trendOf(times, (since + now) / 2),
    kinds: kinds.map((kind) => ({
      ...kind,
      isNew: kind.firstAt >= now - NEW_MS && !known.has(kind.fingerprint),
    })),
  };
};

const trendOf = (times: readonly EpochMs[], middle: EpochMs): FailureCluster['trend'] => {
  const late = times.filter((at) => at >= middle).length;
  const { low, high } = wilson(late, times.length);
  if (low > 0.5) return 'rising';
  return high < 0.5 ? 'falling' : 'steady';
};
