import { setImmediate as breathe } from 'node:timers/promises';
import { seededRandom } from '@precedent/kernel';
import type { Executor, JobContext, ObjectStore } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { badField } from '../refusal.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';
import { taskObjects } from '../storage/task-objects.ts';
import { centroid, cosine, nearestOf, rounded } from './arithmetic.ts';
import type { Vectors } from './arithmetic.ts';
import { firstCentres, round } from './k-means.ts';
import { sourceVectors } from './sources.ts';
import type { VectorSource } from './sources.ts';

/** A checked `vector.compute` payload. */
export type ComputeCall = VectorSource &
  (
    | { readonly operation: 'similarity' }
    | { readonly operation: 'centroid' }
    | { readonly operation: 'nearest'; readonly query: string | readonly number[]; readonly limit: number }
    | KMeansCall
  );

interface KMeansCall {
  readonly operation: 'k-means';
  readonly clusters: number;
  readonly seed: number;
  readonly iterations: number;
}

export interface ComputeOptions {
  readonly parse: Parse<ComputeCall>;
  readonly embedder: EmbedderSource;
  readonly objects: ObjectStore;
}

/** Arithmetic on vectors. Rejects with INVALID_TASK, EMBEDDER_UNAVAILABLE, NATS_UNREACHABLE or the error of a stop. */
export const computeExecutor = ({ parse, embedder, objects }: ComputeOptions): Executor =>
  checked(parse, async (call, { namespace }, context) => {
    const vectors = await sourceVectors(call, { objects: taskObjects(objects, namespace), embedder });
    switch (call.operation) {
      case 'similarity':
        return { pairs: pairsOf(vectors) };
      case 'centroid':
        return { centroid: numbersOf(centroid(vectors) ?? new Float32Array()) };
      case 'nearest':
        return { nearest: nearestOf(await queryOf(call.query, vectors, embedder), vectors, call.limit) };
      case 'k-means':
        return await kMeans(vectors, call, context);
    }
  });

/** Vectors whose pairs fit into a result. */
const PAIRED_MAX = 100;

const pairsOf = (vectors: Vectors): { a: number; b: number; score: number }[] => {
  if (vectors.length > PAIRED_MAX)
    throw badField('vectors', `expected at most ${PAIRED_MAX} vectors to pair; got ${vectors.length}`);
  return vectors.flatMap((one, a) =>
    vectors.slice(a + 1).map((other, i) => ({ a, b: a + 1 + i, score: rounded(cosine(one, other)) })),
  );
};

const queryOf = async (
  query: string | readonly number[],
  vectors: Vectors,
  embedder: EmbedderSource,
): Promise<Float32Array> => {
  const [embedded] =
    typeof query === 'string' ? await (await embedder()).embed([query]) : [Float32Array.from(query)];
  const length = vectors[0]?.length ?? 0;
  if (embedded?.length === length) return embedded;
  throw badField('query', `expected ${length} numbers, as the vectors have; got ${embedded?.length ?? 0}`);
};

const numbersOf = (vector: Float32Array): number[] => [...vector].map(rounded);

/** Rounds that are done, and where they have brought the centres. */
interface KMeansState {
  readonly kind: typeof K_MEANS_STATE;
  readonly rounds: number;
  readonly centres: readonly (readonly number[])[];
}

const K_MEANS_STATE = 'k-means/1';
/** Rounds between two checkpoints that nobody asked for. */
const ROUNDS_KEPT = 10;
/** Numbers of centres that a result has room for. */
const CENTRE_NUMBERS_MAX = 16_384;

/** Multiplications of one round, which nothing can interrupt: a tenth of a second or so. */
const ROUND_MAX = 100_000_000;

const refuseHeavy = (vectors: Vectors, clusters: number): void => {
  const work = vectors.length * (vectors[0]?.length ?? 0) * clusters;
  if (work > ROUND_MAX)
    throw badField('clusters', `expected vectors x numbers x clusters up to ${ROUND_MAX}; got ${work}`);
};

const kMeans = async (vectors: Vectors, call: KMeansCall, context: JobContext): Promise<unknown> => {
  refuseHeavy(vectors, call.clusters);
  const state = resumed<KMeansState>(
    context,
    K_MEANS_STATE,
    ({ rounds, centres }) => isCount(rounds) && Array.isArray(centres),
  );
  let rounds = state?.rounds ?? 0;
  let centres = state
    ? state.centres.map((centre) => Float32Array.from(centre))
    : firstCentres(vectors, call.clusters, randomOf(call.seed));
  let last = round(vectors, centres);
  while (rounds < call.iterations && isMoving(centres, last.centres)) {
    rounds++;
    centres = last.centres;
    last = round(vectors, centres);
    await breathe();
    const fraction = rounds / call.iterations;
    context.progress(fraction, `${rounds} rounds`);
    const kept = { kind: K_MEANS_STATE, rounds, centres: centres.map((centre) => [...centre]) };
    await safePoint(context, kept, { due: rounds % ROUNDS_KEPT === 0, fresh: true, fraction });
  }
  const hasRoom = centres.length * (centres[0]?.length ?? 0) <= CENTRE_NUMBERS_MAX;
  const sizes = centres.map((_, i) => last.assignment.filter((index) => index === i).length);
  return {
    clusters: centres.map((centre, i) => ({
      size: sizes[i] ?? 0,
      ...(hasRoom && { centre: numbersOf(centre) }),
    })),
    assignment: last.assignment,
    inertia: rounded(last.inertia),
    iterations: rounds,
    converged: !isMoving(centres, last.centres),
  };
};

const isMoving = (before: Vectors, after: Vectors): boolean =>
  before.some((centre, i) => centre.some((value, at) => value !== after[i]?.[at]));

const randomOf = (seed: number): (() => number) => {
  const random = seededRandom(seed);
  return () => random.next();
};
