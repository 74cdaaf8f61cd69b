import { LIMITS } from '@precedent/contracts';
import { AppError, cutText, isAppError, messageOf, startTimer } from '@precedent/kernel';
import { Pauses, backoffMs } from '../../pauses.ts';
import type { RollbackAction } from '../handler.ts';
import type { PendingRollback } from './checkpoint-log.ts';

export interface RollbackTerms {
  /** Of the task. */
  readonly id: string;
  readonly actions: ReadonlyMap<string, RollbackAction>;
  /** Aborted when the lease is lost: somebody else undoes it then. */
  readonly lost: AbortSignal;
  readonly log: (text: string) => void;
  /** Resolves when it is durable that the action was carried out, or has failed for good. */
  readonly undone: (undo: PendingRollback, error: AppError | undefined) => Promise<void>;
  /** Milliseconds for one try. */
  readonly tryMs?: number;
}

/** An action that could not be carried out. */
export interface FailedRollback {
  readonly name: string;
  readonly seq: number;
  readonly epoch: number;
  readonly message: string;
}

const TRIES = 3;
const TRY_MS = 30_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 1_000;

/**
 * Carries out the actions, the youngest first, each until it is durable that it was. One that fails three times does not
 * keep the others: it is in the answer. Rejects with STALE_EPOCH when the lease ended meanwhile.
 */
export const rollBack = async (
  undos: readonly PendingRollback[],
  terms: RollbackTerms,
): Promise<readonly FailedRollback[]> => {
  const failed: FailedRollback[] = [];
  for (const undo of undos.toReversed()) {
    const error = await carriedOut(undo, terms);
    await terms.undone(undo, error);
    if (error) failed.push({ name: undo.name, seq: undo.seq, epoch: undo.epoch, message: error.message });
  }
  return failed;
};

/** Resolves to why it failed, if it did. */
const carriedOut = async (undo: PendingRollback, terms: RollbackTerms): Promise<AppError | undefined> => {
  const action = terms.actions.get(undo.name);
  const error = action
    ? await tried(action, undo, terms)
    : new AppError('ROLLBACK_FAILED', `the worker has no rollback action ${undo.name}`);
  if (error)
    terms.log(`ROLLBACK FAILED: ${nameOf(undo)}: ${error.message}. What it should undo is still there.`);
  return error;
};

const tried = async (
  action: RollbackAction,
  { name, payload }: PendingRollback,
  terms: RollbackTerms,
): Promise<AppError | undefined> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(action, payload, terms);
    } catch (cause) {
      if (terms.lost.aborted) throw cause;
      if (attempt + 1 >= TRIES) return failureOf(name, cause);
      await new Pauses().sleep(backoffMs(attempt, BACKOFF_MS, BACKOFF_MS_MAX));
    }
  }
};

/** One try; an action that ignores its signal is left behind when its time is up. */
const once = async (
  action: RollbackAction,
  payload: unknown,
  { id, lost, log, tryMs = TRY_MS }: RollbackTerms,
): Promise<undefined> => {
  const controller = new AbortController();
  const stop = (): void => controller.abort(lost.reason);
  const timer = startTimer(tryMs, () => controller.abort(new Error(`no end within ${tryMs} ms`)));
  lost.addEventListener('abort', stop);
  if (lost.aborted) stop();
  try {
    const { signal } = controller;
    await Promise.race([action(payload, { id, signal, log }), rejectedBy(signal)]);
  } finally {
    timer.cancel();
    lost.removeEventListener('abort', stop);
  }
};

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason));
  });

const failureOf = (name: string, cause: unknown): AppError => {
  const text = messageOf(cause);
  const code = isAppError(cause) ? cause.code : 'ROLLBACK_FAILED';
  const message = cutText(`${name} failed ${TRIES} times: ${text}`, LIMITS.errorMessageChars);
  return new AppError(code, message, { cause });
};

const nameOf = ({ name, seq, epoch }: PendingRollback): string => `${name} (step ${seq} of lease ${epoch})`;
