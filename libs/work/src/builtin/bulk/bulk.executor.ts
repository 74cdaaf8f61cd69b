import { BULK_LIMITS, bulkPiecesOf } from '@precedent/contract-types';
import type { BulkPayload, BulkPieceReply, BulkResult } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Executor, ExecutorContext, ObjectStore } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';

export interface BulkOptions {
  readonly parse: Parse<BulkPayload>;
  readonly sets: ObjectStore;
}

/** What came of the pieces that are done. */
interface BulkState extends Omit<BulkResult, 'action' | 'total'> {
  readonly kind: typeof BULK_STATE;
  readonly pieces: number;
}

const BULK_STATE = 'bulk/1';
const START: BulkState = { kind: BULK_STATE, pieces: 0, done: 0, already: 0, refused: {}, refusals: [] };

/**
 * Does the same to every task of a stored set: piece by piece, through the engine. Rejects with INTEGRITY_FAILED when the set is gone or changed,
 * NATS_UNREACHABLE, what the engine refuses as a whole, or the error of a stop.
 */
export const bulkExecutor = ({ parse, sets }: BulkOptions): Executor =>
  checked(parse, async (call, _job, context) => {
    let state = startOf(context);
    if (state.pieces < call.pieces.length)
      for (const ids of (await piecesIn(sets, call)).slice(state.pieces)) {
        state = await next(state, ids, context);
        const acted = Math.min(call.total, state.pieces * BULK_LIMITS.piece);
        const fraction = acted / call.total;
        context.progress(fraction, `${acted} of ${call.total} tasks`);
        await safePoint(context, state, { due: true, fresh: true, fraction });
      }
    // Behind the last checkpoint: a run that is repeated does not need it.
    await sets.remove(call.set);
    const { done, already, refused, refusals } = state;
    return { action: call.action, total: call.total, done, already, refused, refusals } satisfies BulkResult;
  });

const startOf = (context: ExecutorContext): BulkState =>
  resumed<BulkState>(
    context,
    BULK_STATE,
    ({ pieces, done, already, refusals }) =>
      isCount(pieces) && isCount(done) && isCount(already) && Array.isArray(refusals),
  ) ?? START;

/** Whether each piece is the one of the task is for the engine to say. */
const piecesIn = async (
  sets: ObjectStore,
  { set, pieces }: BulkPayload,
): Promise<readonly (readonly string[])[]> => {
  const content = await sets.get(set);
  if (content === undefined) throw changed(`the set ${set} is not there any more`);
  const { ids } = JSON.parse(Buffer.from(content).toString()) as { readonly ids: readonly string[] };
  const found = bulkPiecesOf(ids);
  if (found.length !== pieces.length) throw changed(`the set ${set} is not that of the task`);
  return found;
};

const changed = (message: string): AppError =>
  new AppError('INTEGRITY_FAILED', `${message}: preview and start it again`);

const next = async (
  state: BulkState,
  ids: readonly string[],
  context: ExecutorContext,
): Promise<BulkState> => {
  if (context.actOn === undefined)
    throw new AppError('INVALID_TASK', 'only a worker of the cell itself can act on other tasks');
  return added(state, await context.actOn({ index: state.pieces, ids }));
};

const added = (state: BulkState, { done, already, refused }: BulkPieceReply): BulkState => ({
  ...state,
  pieces: state.pieces + 1,
  done: state.done + done,
  already: state.already + already,
  refused: refused.reduce<BulkState['refused']>(
    (counts, { code }) => ({ ...counts, [code]: (counts[code] ?? 0) + 1 }),
    state.refused,
  ),
  refusals: [...state.refusals, ...refused].slice(0, BULK_LIMITS.refusals),
});
