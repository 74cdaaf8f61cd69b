import type { Job } from '@precedent/contract-types';
import { normalForm } from '@precedent/kernel';
import { EMBEDDER_FIELD, userCollection } from '@precedent/ports';
import type { Embedder, Executor, ExecutorContext, Point, VectorIndex } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';
import { filterOf } from './filter.ts';
import { labelledIndex } from './labelled-index.ts';
import type { FilterCall } from './filter.ts';
import { idIn, keyedId } from './point-id.ts';
import { collectionSpecFor } from './collection-spec.ts';

export interface PointCall {
  readonly key: string;
  readonly text: string;
  readonly vector?: readonly number[] | undefined;
  readonly fields: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** A checked `vectors.update` payload. */
export type VectorsCall =
  | {
      readonly operation: 'upsert';
      readonly collection: string;
      readonly points: readonly PointCall[];
      readonly batch: number;
    }
  | {
      readonly operation: 'delete';
      readonly collection: string;
      readonly keys?: readonly string[] | undefined;
      readonly filter?: FilterCall | undefined;
    }
  | {
      readonly operation: 're-embed';
      readonly collection: string;
      readonly filter: FilterCall;
      readonly into?: string | undefined;
      readonly batch: number;
    };

type Of<Operation extends VectorsCall['operation']> = Extract<VectorsCall, { operation: Operation }>;

export interface VectorsOptions {
  readonly parse: Parse<VectorsCall>;
  readonly vectors: VectorIndex;
  readonly embedder: EmbedderSource;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Attempt {
  readonly options: VectorsOptions;
  readonly embedder: Embedder;
  readonly job: Job;
  readonly context: ExecutorContext;
}

/** Points of a collection. Rejects with INVALID_TASK, INVALID_REQUEST, VECTORS_UNAVAILABLE, EMBEDDER_UNAVAILABLE or a stop. */
export const vectorsExecutor = (options: VectorsOptions): Executor =>
  checked(options.parse, async (call, job, context) => {
    if (call.operation === 'delete') return await remove(call, options.vectors, job);
    const embedder = await options.embedder();
    const vectors = labelledIndex(options.vectors, job);
    const attempt = { options: { ...options, vectors }, embedder, job, context };
    await options.vectors.ensure(collectionSpecFor(call.collection, embedder));
    return call.operation === 'upsert' ? await upsert(call, attempt) : await embedAgain(call, attempt);
  });

/** Points that are done, and where the next page begins. */
interface PointsState {
  readonly kind: typeof POINTS_STATE;
  readonly done: number;
  readonly after: string;
}

const POINTS_STATE = 'points/1';
const NO_POINTS: PointsState = { kind: POINTS_STATE, done: 0, after: '' };

const startOf = (context: ExecutorContext): PointsState =>
  resumed<PointsState>(
    context,
    POINTS_STATE,
    ({ done, after }) => isCount(done) && typeof after === 'string',
  ) ?? NO_POINTS;

const upsert = async ({ collection, points, batch }: Of<'upsert'>, attempt: Attempt): Promise<unknown> => {
  const { options, embedder, job, context } = attempt;
  let state = startOf(context);
  while (state.done < points.length) {
    const some = points.slice(state.done, state.done + batch);
    const vectors = await vectorsOf(some, embedder);
    const at = options.now();
    const made = some.map(({ key, text, fields }, i): Point => ({
      id: keyedId(job.namespace, collection, key),
      vector: vectors[i] ?? new Float32Array(),
      payload: {
        ...fields,
        namespace: job.namespace,
        at,
        text: normalForm(text),
        key,
        [EMBEDDER_FIELD]: some[i]?.vector === undefined ? embedder.model.name : '',
      },
    }));
    await options.vectors.upsert(userCollection(collection), made);
    state = { ...state, done: state.done + some.length };
    const fraction = state.done / points.length;
    context.progress(fraction, `${state.done} of ${points.length} points`);
    const due = state.done < points.length;
    if (due) await safePoint(context, state, { due, fresh: true, fraction });
  }
  return { points: points.length };
};

const vectorsOf = async (
  points: readonly PointCall[],
  embedder: Embedder,
): Promise<readonly Float32Array[]> => {
  const unembedded = points.filter(({ vector }) => vector === undefined);
  const embedded = unembedded.length === 0 ? [] : await embedder.embed(unembedded.map(({ text }) => text));
  const byPoint = new Map(unembedded.map((point, i) => [point, embedded[i]] as const));
  return points.map((point) => byPoint.get(point) ?? Float32Array.from(point.vector ?? []));
};

const remove = async (
  { collection, keys, filter = {} }: Of<'delete'>,
  vectors: VectorIndex,
  job: Job,
): Promise<unknown> => {
  if (!(await vectors.collections()).includes(userCollection(collection))) return { removed: 0 };
  const wanted = filterOf(job.namespace, filter);
  const narrowed = keys === undefined ? wanted : { ...wanted, fields: { ...wanted.fields, key: keys } };
  const removed = await vectors.count(userCollection(collection), narrowed);
  await vectors.remove(userCollection(collection), narrowed);
  return { removed };
};

/** Page by page, in the order of the ids. A point that is embedded again has the same id, and so the same page. */
const embedAgain = async (
  call: Of<'re-embed'>,
  { options, embedder, job, context }: Attempt,
): Promise<unknown> => {
  const { vectors } = options;
  const { into = call.collection, batch } = call;
  const [from, to] = [userCollection(call.collection), userCollection(into)];
  const filter = filterOf(job.namespace, call.filter);
  await vectors.ensure(collectionSpecFor(into, embedder));
  const total = Math.max(1, await vectors.count(from, filter));
  let state = startOf(context);
  for (let isMore = true; isMore;) {
    const page = await vectors.scroll(from, filter, {
      limit: batch,
      ...(state.after !== '' && { after: state.after }),
    });
    const embedded =
      page.points.length === 0 ? [] : await embedder.embed(page.points.map((p) => p.payload.text));
    const made = page.points.map(({ id, payload }, i): Point => ({
      id: into === call.collection ? id : (idIn(into, payload) ?? id),
      vector: embedded[i] ?? new Float32Array(),
      payload: { ...payload, [EMBEDDER_FIELD]: embedder.model.name },
    }));
    if (made.length > 0) await vectors.upsert(to, made);
    state = { ...state, done: state.done + made.length, after: page.next ?? '' };
    isMore = page.next !== undefined;
    const fraction = Math.min(1, state.done / total);
    context.progress(fraction, `${state.done} of ${total} points`);
    if (isMore) await safePoint(context, state, { due: true, fresh: true, fraction });
  }
  return { points: state.done };
};
