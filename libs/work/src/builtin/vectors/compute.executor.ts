import type { Executor, ExecutorContext, ObjectStore } from '@precedent/ports';
import type { Threads } from '../../thread/threads.ts';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { invalidField } from '../refusal.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';
import { taskObjects } from '../storage/task-objects.ts';
import type { ThreadCalls } from '../thread-calls.ts';
import { rounded } from './arithmetic.ts';
import type { Vectors } from './arithmetic.ts';
import { flatOf } from './flat-vectors.ts';
import type { FlatVectors } from './flat-vectors.ts';
import type { Round } from './k-means.ts';
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
  /** Where the arithmetic runs. */
  readonly threads: Threads<ThreadCalls>;
}

/** Milliseconds that a thread may take for one operation, or one round of it. */
const COMPUTE_MS = 60_000;

/** Calls of one attempt. */
type Compute = <Name extends keyof ThreadCalls>(
  name: Name,
  input: Parameters<ThreadCalls[Name]>[0],
) => Promise<Awaited<ReturnType<ThreadCalls[Name]>>>;

/** Arithmetic on vectors. Rejects with INVALID_TASK, EMBEDDER_UNAVAILABLE, NATS_UNREACHABLE, a AttemptYield or the error of a stop. */
export const computeExecutor = ({ parse, embedder, objects, threads }: ComputeOptions): Executor =>
  checked(parse, async (call, job, context) => {
    const compute: Compute = (name, input) =>
      threads.run(name, input, { context, limitMs: COMPUTE_MS, yields: false });
    const source = { objects: taskObjects(objects, job), embedder, threads, context };
    const vectors = await sourceVectors(call, source);
    switch (call.operation) {
      case 'similarity':
        refuseManyPairs(countOf(vectors));
        return { pairs: await compute('similarity', { vectors }) };
      case 'centroid':
        return { centroid: await compute('centroid', { vectors }) };
      case 'nearest': {
        const query = await queryOf(call.query, vectors, embedder);
        return { nearest: await compute('nearest', { vectors, query, limit: call.limit }) };
      }
      case 'k-means':
        return await kMeans({ vectors, compute }, call, context);
    }
  });

const countOf = ({ numbers, dimensions }: FlatVectors): number => numbers.length / dimensions;

/** Vectors whose pairs fit into a result. */
const PAIRED_MAX = 100;

const refuseManyPairs = (count: number): void => {
  if (count > PAIRED_MAX)
    throw invalidField('vectors', `expected at most ${PAIRED_MAX} vectors to pair; got ${count}`);
};

const queryOf = async (
  query: string | readonly number[],
  { dimensions }: FlatVectors,
  embedder: EmbedderSource,
): Promise<FlatVectors> => {
  const vectors = typeof query === 'string' ? await (await embedder()).embed([query]) : [query];
  const flat = flatOf(vectors, 'query');
  if (flat.dimensions === dimensions) return flat;
  throw invalidField('query', `expected ${dimensions} numbers, as the vectors have; got ${flat.dimensions}`);
};

/** The rounds so far, and the centres after them. */
interface KMeansState {
  readonly kind: typeof K_MEANS_STATE;
  readonly rounds: number;
  readonly centres: readonly (readonly number[])[];
}

const K_MEANS_STATE = 'k-means/1';
/** Rounds between two regular checkpoints. */
const ROUNDS_PER_CHECKPOINT = 10;
/** Numbers of centres that a result has room for. */
const CENTRE_NUMBERS_MAX = 16_384;

/** Multiplications of one round: a tenth of a second or so between two safe points. */
const ROUND_MAX = 100_000_000;
/** Vectors whose clusters a result has room for. */
const ASSIGNED_MAX = 100_000;

const refuseHeavy = (vectors: FlatVectors, clusters: number): void => {
  const count = countOf(vectors);
  if (count > ASSIGNED_MAX)
    throw invalidField('vectors', `expected at most ${ASSIGNED_MAX} vectors to assign; got ${count}`);
  const work = vectors.numbers.length * clusters;
  if (work > ROUND_MAX)
    throw invalidField('clusters', `expected vectors x numbers x clusters up to ${ROUND_MAX}; got ${work}`);
};

interface KMeansParts {
  readonly vectors: FlatVectors;
  readonly compute: Compute;
}

const kMeans = async (
  { vectors, compute }: KMeansParts,
  call: KMeansCall,
  context: ExecutorContext,
): Promise<unknown> => {
  refuseHeavy(vectors, call.clusters);
  const round = (from: Vectors): Promise<Round> => compute('round', { vectors, centres: from });
  const state = resumed<KMeansState>(
    context,
    K_MEANS_STATE,
    ({ rounds, centres }) => isCount(rounds) && Array.isArray(centres),
  );
  let rounds = state?.rounds ?? 0;
  let centres: Vectors = state
    ? state.centres.map((centre) => Float32Array.from(centre))
    : await compute('firstCentres', { vectors, clusters: call.clusters, seed: call.seed });
  let last = await round(centres);
  while (rounds < call.iterations && isMoving(centres, last.centres)) {
    rounds++;
    centres = last.centres;
    last = await round(centres);
    const fraction = rounds / call.iterations;
    context.progress(fraction, `${rounds} rounds`);
    const checkpoint = { kind: K_MEANS_STATE, rounds, centres: centres.map((centre) => [...centre]) };
    await safePoint(context, checkpoint, {
      due: rounds % ROUNDS_PER_CHECKPOINT === 0,
      fresh: true,
      fraction,
    });
  }
  const hasRoom = centres.length * (centres[0]?.length ?? 0) <= CENTRE_NUMBERS_MAX;
  const sizes = centres.map(() => 0);
  for (const index of last.assignment) sizes[index] = (sizes[index] ?? 0) + 1;
  return {
    clusters: centres.map((centre, i) => ({
      size: sizes[i] ?? 0,
      ...(hasRoom && { centre: [...centre].map(rounded) }),
    })),
    assignment: last.assignment,
    inertia: rounded(last.inertia),
    iterations: rounds,
    converged: !isMoving(centres, last.centres),
  };
};

const isMoving = (before: Vectors, after: Vectors): boolean =>
  before.some((centre, i) => centre.some((value, at) => value !== after[i]?.[at]));
