import type { Embedder } from '@precedent/ports';
import { CLUSTER_MIN, SIMILAR_MIN, documentsOf } from '@precedent/semantic';
import type { SemanticDocument, TaskFacts } from '@precedent/semantic';

/** How well semantic similarity distinguishes tasks, and causes of failures. Shares, 0 to 1. */
export interface SimilarityReport {
  /** Pairs of tasks with different specs, and those of them that are as near as duplicates must be. */
  readonly task_pairs: number;
  readonly tasks_taken_for_one: number;
  /** The nearest of such pairs. */
  readonly nearest_tasks: number;
  /** Of each task with one little difference: the share that is as near as duplicates must be. */
  readonly variants: Readonly<Record<string, number>>;
  readonly failure_pairs: number;
  readonly failures_taken_for_one: number;
}

type Variant = (facts: TaskFacts) => TaskFacts;

const VARIANTS: Readonly<Record<string, Variant>> = {
  'one more flag': (facts) => ({ ...facts, args: [...(facts.args ?? []), '--verbose'] }),
  'one more variable': (facts) => ({ ...facts, envKeys: [...(facts.envKeys ?? []), 'LOG_LEVEL'] }),
  'one more label': (facts) => ({ ...facts, labels: { ...facts.labels, team: 'payments' } }),
  'one more parameter': (facts) => ({
    ...facts,
    payloadShape: [...(facts.payloadShape ?? []), 'dryRun:boolean'],
  }),
  'another name': (facts) => ({ ...facts, name: `rerun ${facts.name ?? facts.type}` }),
};

/** On the tasks of the labelled set. */
export const similarityReport = async (
  tasks: readonly TaskFacts[],
  embedder: Embedder,
): Promise<SimilarityReport> => {
  const specs = tasks.map(specOf);
  const vectors = await embedder.embed(specs.map(({ text }) => text));
  const nearest = differing(specs, vectors, ({ text }) => text);
  const failures = tasks.flatMap(documentsOf).filter(({ kind }) => kind === 'failure');
  const failed = differing(failures, await embedder.embed(failures.map(({ text }) => text)), ({ payload }) =>
    String(payload['fingerprint']),
  );
  const variants: Record<string, number> = {};
  for (const [name, change] of Object.entries(VARIANTS)) {
    const changed = await embedder.embed(tasks.map((facts) => specOf(change(facts)).text));
    variants[name] = share(
      changed.map((one, at) => cosine(one, vectors[at])),
      SIMILAR_MIN,
    );
  }
  return {
    task_pairs: nearest.length,
    tasks_taken_for_one: nearest.filter((one) => one >= SIMILAR_MIN).length,
    nearest_tasks: rounded(Math.max(...nearest)),
    variants,
    failure_pairs: failed.length,
    failures_taken_for_one: failed.filter((one) => one >= CLUSTER_MIN).length,
  };
};

const specOf = (facts: TaskFacts): SemanticDocument => {
  const [spec] = documentsOf({ ...facts, attempts: [] });
  if (spec === undefined) throw new Error(`task ${facts.id} has no document`);
  return spec;
};

/** Cosines of all pairs that are not the same by `key`. */
const differing = (
  documents: readonly SemanticDocument[],
  vectors: readonly Float32Array[],
  key: (document: SemanticDocument) => string,
): readonly number[] =>
  documents.flatMap((a, i) =>
    documents.slice(0, i).flatMap((b, j) => (key(a) === key(b) ? [] : [cosine(vectors[i], vectors[j])])),
  );

/** Of vectors of length 1. */
export const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
  a === undefined || b === undefined ? 0 : a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
const share = (values: readonly number[], min: number): number =>
  rounded(values.filter((one) => one >= min).length / values.length);
