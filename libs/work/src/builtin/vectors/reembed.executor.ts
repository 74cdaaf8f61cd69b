import type { Embedder, Executor, ExecutorContext, Point, PointMark, VectorIndex } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { invalidField } from '../refusal.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';

/** A checked `vectors.reembed` payload. */
export interface ReembedCall {
  readonly from: string;
  readonly to: string;
  readonly model: string;
  readonly batch: number;
}

export interface ReembedOptions {
  readonly parse: Parse<ReembedCall>;
  readonly vectors: VectorIndex;
  readonly embedder: EmbedderSource;
}

/** Points without a vector of a model. In their payload the mark is spelled `bare`. */
const UNEMBEDDED: PointMark = { bare: true };

/** Points that are done, and where the next page begins. */
interface ReembedState {
  readonly kind: typeof REEMBED_STATE;
  readonly done: number;
  readonly after: string;
}

const REEMBED_STATE = 'reembed/1';

/**
 * Embeds the points of a collection with the model of the worker, page by page in the order of ids, into another collection or, for points
 * without a vector, in place. Points that the vectorizer writes meanwhile are newer, and are not overwritten. Rejects with
 * INVALID_TASK, INVALID_REQUEST, VECTORS_UNAVAILABLE, EMBEDDER_UNAVAILABLE or a stop.
 */
export const reembedExecutor = ({ parse, vectors, embedder: source }: ReembedOptions): Executor =>
  checked(parse, async (call, _, context) => {
    const embedder = await source();
    refuseOther(call, embedder);
    const isInPlace = call.from === call.to;
    const mark = isInPlace ? UNEMBEDDED : {};
    let state = startOf(context);
    // In place, points that are done have lost the mark.
    const total = Math.max(1, (await vectors.size(call.from, mark)) + (isInPlace ? state.done : 0));
    for (let isMore = true; isMore;) {
      const after = state.after === '' ? {} : { after: state.after };
      const page = await vectors.walk(call.from, mark, { limit: call.batch, ...after });
      await store(page.points, { call, embedder, vectors });
      state = { ...state, done: state.done + page.points.length, after: page.next ?? '' };
      isMore = page.next !== undefined;
      const fraction = Math.min(1, state.done / total);
      context.progress(fraction, `${state.done} points`);
      if (isMore) await safePoint(context, state, { due: true, fresh: true, fraction });
    }
    return { points: state.done };
  });

const startOf = (context: ExecutorContext): ReembedState =>
  resumed<ReembedState>(
    context,
    REEMBED_STATE,
    ({ done, after }) => isCount(done) && typeof after === 'string',
  ) ?? { kind: REEMBED_STATE, done: 0, after: '' };

/** Refuses another model: its vectors would be found by searches, but mean nothing. */
const refuseOther = ({ to, model }: ReembedCall, embedder: Embedder): void => {
  const { name } = embedder.model;
  if (model !== name)
    throw invalidField('model', `expected ${name}, which is the model of this worker; got ${model}`);
  if (!to.endsWith(`-${model}`)) throw invalidField('to', `expected a collection of ${model}; got ${to}`);
};

type WalkedPoints = Awaited<ReturnType<VectorIndex['walk']>>['points'];

interface Store {
  readonly call: ReembedCall;
  readonly embedder: Embedder;
  readonly vectors: VectorIndex;
}

const store = async (points: WalkedPoints, { call, embedder, vectors }: Store): Promise<void> => {
  if (points.length === 0) return;
  const embedded = await embedder.embed(points.map(({ payload }) => payload.text));
  const made = points.map(({ id, payload }, i): Point => ({
    id,
    vector: embedded[i] ?? new Float32Array(),
    payload: unmarked(payload),
  }));
  // In place, points that were removed since they were read must not come back.
  if (call.from === call.to) await vectors.fill(call.to, made, UNEMBEDDED);
  else await vectors.upsert(call.to, made, { onlyOver: UNEMBEDDED });
};

const unmarked = (payload: Point['payload']): Point['payload'] => {
  const { namespace, at, text } = payload;
  const rest = Object.entries(payload).filter(([name]) => !Object.hasOwn(UNEMBEDDED, name));
  return { ...Object.fromEntries(rest), namespace, at, text };
};
