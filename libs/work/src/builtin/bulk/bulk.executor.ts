import { BULK_LIMITS, bulkPiecesOf } from '@precedent/contract-types';
import type { BulkPayload, BulkPiece, BulkPieceReply, BulkResult } from '@precedent/contract-types';
import { AppError, settlesWithin } from '@precedent/kernel';
import type { Executor, ExecutorContext, ObjectStore } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import { isCount, resumed, safePoint } from '../safe-point.ts';
import { nextPart, durationMs, stopOf, waitsForVerdicts, watchedPart } from './bulk-plan.ts';
import type { BulkPlace, SetPart } from './bulk-plan.ts';

export interface BulkOptions {
  readonly parse: Parse<BulkPayload>;
  readonly sets: ObjectStore;
}

/** What came of the tasks that were acted on. */
interface BulkState extends Omit<BulkResult, 'action' | 'total'>, BulkPlace {
  readonly kind: typeof BULK_STATE;
}

const BULK_STATE = 'bulk/2';
const START: BulkState = {
  kind: BULK_STATE,
  acted: 0,
  watched: 0,
  ended: 0,
  failed: 0,
  done: 0,
  already: 0,
  refused: {},
  refusals: [],
};

/**
 * Does the same to every task of a stored set: piece by piece, through the engine. Rejects with INTEGRITY_FAILED when the set is gone or changed,
 * NATS_UNREACHABLE, what the engine refuses as a whole, or the error of a stop.
 */
export const bulkExecutor = ({ parse, sets }: BulkOptions): Executor =>
  checked(parse, async (call, _job, context) => {
    const start = startOf(context);
    const state = isOver(call, start) ? start : await new BulkRunner(call, context).run(sets, start);
    // Behind the last checkpoint: a run that is repeated does not need it.
    await sets.remove(call.set);
    return resultOf(call, state);
  });

const isOver = ({ total }: BulkPayload, { acted, stopped }: BulkState): boolean =>
  acted >= total || stopped !== undefined;

const resultOf = ({ action, total }: BulkPayload, state: BulkState): BulkResult => {
  const { done, already, refused, refusals, stopped, mended } = state;
  return {
    action,
    total,
    done,
    already,
    refused,
    refusals,
    ...(stopped && { stopped }),
    ...(mended && { mended }),
  };
};

const startOf = (context: ExecutorContext): BulkState =>
  resumed<BulkState>(
    context,
    BULK_STATE,
    ({ acted, watched, done, already, refusals }) =>
      [acted, watched, done, already].every(isCount) && Array.isArray(refusals),
  ) ?? START;

/** One attempt of a bulk task. */
class BulkRunner {
  readonly #call: BulkPayload;
  readonly #context: ExecutorContext;
  #pieces: readonly (readonly string[])[] = [];

  constructor(call: BulkPayload, context: ExecutorContext) {
    this.#call = call;
    this.#context = context;
  }

  async run(sets: ObjectStore, start: BulkState): Promise<BulkState> {
    this.#pieces = await piecesIn(sets, this.#call);
    let state = start;
    while (!isOver(this.#call, state)) state = await this.#step(state);
    return state;
  }

  /** Acts on some tasks, or counts how those before have ended. */
  async #step(state: BulkState): Promise<BulkState> {
    const watched = watchedPart(this.#call, state);
    const counted = watched === undefined ? state : await this.#watch(state, watched);
    const isWaiting = watched !== undefined && waitsForVerdicts(this.#call, counted);
    const next = isWaiting || isOver(this.#call, counted) ? counted : await this.#act(counted);
    await this.#report(next);
    return next;
  }

  async #act(state: BulkState): Promise<BulkState> {
    const part = nextPart(this.#call, state);
    const [duration, before] = [durationMs(this.#call, part.to - part.from), performance.now()];
    const next = added(state, part, await this.#request(part));
    const left = before + duration - performance.now();
    // A stop and a request to yield end it: the next safe point says so.
    if (left > 0) await settlesWithin(interruptionOf(this.#context), left);
    return next;
  }

  async #watch(state: BulkState, part: SetPart): Promise<BulkState> {
    const waits = waitsForVerdicts(this.#call, state);
    const { verdicts } = await this.#request(part, waits ? 'wait' : 'count');
    if (verdicts === undefined) return state;
    const { ended, failed, open, mended = state.mended } = verdicts;
    const isCounted = open === 0;
    const next = {
      ...state,
      ...(mended && { mended }),
      ...(isCounted && { watched: part.to, ended: state.ended + ended, failed: state.failed + failed }),
    };
    const stop = stopOf(this.#call, next, isCounted ? undefined : verdicts);
    return stop === undefined
      ? next
      : { ...next, stopped: { ...stop, left: this.#call.total - state.acted } };
  }

  #request({ from, to }: SetPart, verdicts?: BulkPiece['verdicts']): Promise<BulkPieceReply> {
    if (this.#context.actOn === undefined)
      throw new AppError('INVALID_TASK', 'only a worker of the cell itself can act on other tasks');
    const index = Math.floor(from / BULK_LIMITS.piece);
    const ids = this.#pieces[index] ?? [];
    const before = index * BULK_LIMITS.piece;
    const isWhole = from === before && to === before + ids.length;
    const part = isWhole ? {} : { part: [from - before, to - before] as const };
    return this.#context.actOn({ index, ids, ...part, ...(verdicts && { verdicts }) });
  }

  async #report(state: BulkState): Promise<void> {
    const { acted, stopped } = state;
    const { total } = this.#call;
    const fraction = acted / total;
    this.#context.progress(fraction, stopped ? stoppedText(stopped) : `${acted} of ${total} tasks`);
    await safePoint(this.#context, state, { due: true, fresh: true, fraction });
  }
}

/** Resolves when the attempt is to stop or to yield. */
const interruptionOf = ({ signal, yieldSignal }: ExecutorContext): Promise<void> => {
  const any = AbortSignal.any([signal, yieldSignal]);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (any.aborted) resolve();
  any.addEventListener('abort', () => resolve(), { once: true });
  return promise;
};

const stoppedText = ({ failed, ended, maxFailed, left }: NonNullable<BulkResult['stopped']>): string =>
  `stopped itself: ${failed} of ${ended} failed, and ${percent(maxFailed)} may; ${left} are left alone`;

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

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

const added = (state: BulkState, { to }: SetPart, { done, already, refused }: BulkPieceReply): BulkState => ({
  ...state,
  acted: to,
  done: state.done + done,
  already: state.already + already,
  refused: refused.reduce<BulkState['refused']>(
    (counts, { code }) => ({ ...counts, [code]: (counts[code] ?? 0) + 1 }),
    state.refused,
  ),
  refusals: [...state.refusals, ...refused].slice(0, BULK_LIMITS.refusals),
});
