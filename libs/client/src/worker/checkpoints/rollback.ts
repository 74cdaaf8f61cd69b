import { LIMITS } from '@precedent/contracts';
import {
  AppError,
  backoffMs,
  cutText,
  isAppError,
  messageOf,
  onAbort,
  sleep,
  startTimer,
  unlessAborted,
} from '@precedent/kernel';
import type { RollbackAction, StopRequest } from '../handler.ts';
import type { AttemptExit, ExitError } from '../attempts/exit.ts';
import { goesOnElsewhere } from '../attempts/exit.ts';

/** A rollback action that is durable, and that no checkpoint covers yet. */
export interface PendingRollback {
  /** Which step of its lease it is. */
  readonly seq: number;
  /** Of the lease that named it. */
  readonly epoch: number;
  readonly name: string;
  readonly payload?: unknown;
}

/** An action that could not be carried out. */
export interface FailedRollback {
  readonly name: string;
  readonly seq: number;
  readonly epoch: number;
  readonly message: string;
}

export interface RollbackOptions {
  /** Of the task. */
  readonly id: string;
  readonly actions: ReadonlyMap<string, RollbackAction>;
  /** Aborted when the lease is lost: the worker that has the task then carries the actions out. */
  readonly lost: AbortSignal;
  readonly log: (text: string) => void;
  /** Resolves when it is durable that the action was carried out, or has failed for good. */
  readonly rolledBack: (action: PendingRollback, error: AppError | undefined) => Promise<void>;
  /** Milliseconds for one try. */
  readonly tryMs?: number;
}

const TRIES = 3;
const TRY_MS = 30_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 1_000;

/**
 * Carries out the actions, the youngest first, each until it is durable that it was. One that fails three times does not keep the others:
 * it is in the answer. Rejects with STALE_EPOCH when the lease ended meanwhile.
 */
export const rollBack = async (
  pending: readonly PendingRollback[],
  options: RollbackOptions,
): Promise<readonly FailedRollback[]> => {
  const failed: FailedRollback[] = [];
  for (const action of pending.toReversed()) {
    const error = await carriedOut(action, options);
    await options.rolledBack(action, error);
    const { name, seq, epoch } = action;
    if (error) failed.push({ name, seq, epoch, message: error.message });
  }
  return failed;
};

/** Resolves to why it failed, if it did. */
const carriedOut = async (
  pending: PendingRollback,
  options: RollbackOptions,
): Promise<AppError | undefined> => {
  const { name, seq, epoch } = pending;
  const action = options.actions.get(name);
  const error = action
    ? await tried(action, pending, options)
    : new AppError('ROLLBACK_FAILED', `the worker has no rollback action ${name}`);
  if (error) {
    const named = `${name} (step ${seq} of lease ${epoch})`;
    options.log(`ROLLBACK FAILED: ${named}: ${error.message}. What it should undo is still there.`);
  }
  return error;
};

const tried = async (
  action: RollbackAction,
  { name, payload }: PendingRollback,
  options: RollbackOptions,
): Promise<AppError | undefined> => {
  for (let repeat = 0; ; repeat++) {
    try {
      return await once(action, payload, options);
    } catch (cause) {
      if (options.lost.aborted) throw cause;
      if (repeat + 1 >= TRIES) return failureOf(name, cause);
      await sleep(backoffMs(repeat, BACKOFF_MS, BACKOFF_MS_MAX));
    }
  }
};

/** One try; an action that ignores its signal is abandoned when its time is up. */
const once = async (
  action: RollbackAction,
  payload: unknown,
  { id, lost, log, tryMs = TRY_MS }: RollbackOptions,
): Promise<undefined> => {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = startTimer(tryMs, () => controller.abort(new Error(`no end within ${tryMs} ms`)));
  const stopListening = onAbort(lost, () => controller.abort(lost.reason));
  try {
    await unlessAborted(Promise.resolve(action(payload, { id, signal, log })), signal);
  } finally {
    timer.cancel();
    stopListening();
  }
};

const failureOf = (name: string, cause: unknown): AppError => {
  const text = messageOf(cause);
  const code = isAppError(cause) ? cause.code : 'ROLLBACK_FAILED';
  const message = cutText(`${name} failed ${TRIES} times: ${text}`, LIMITS.errorMessageChars);
  return new AppError(code, message, { cause });
};

/** Of the actions that failed, in an error; the log of the attempt has all of them. */
const NAMED_MAX = 50;
const MESSAGE_CHARS = 500;

/** Says what is still there, for the people who have to undo it by hand. */
export const rollbackError = (id: string, failed: readonly FailedRollback[]): AppError => {
  const names = failed.map(({ name, message }) => `${name}: ${message}`).join('; ');
  const count = `${failed.length} rollback ${failed.length === 1 ? 'action' : 'actions'}`;
  const message = cutText(`${count} of task ${id} failed: ${names}`, LIMITS.errorMessageChars);
  return new AppError('ROLLBACK_FAILED', message, { details: evidence(failed) });
};

export interface Leftover {
  readonly exit: AttemptExit;
  readonly stopRequest: StopRequest | undefined;
  readonly failed: readonly FailedRollback[];
}

/**
 * The exit of an attempt that left something behind. The error keeps its code, and is never retried: the next attempt would begin on top of
 * what is left. An attempt that was to go on elsewhere has failed for the same reason.
 */
export const withFailedRollback = (id: string, { exit, stopRequest, failed }: Leftover): AttemptExit => {
  const failure = exit.error ?? (rollbackError(id, failed).toProblem() as ExitError);
  const details = { ...failure.details, ...evidence(failed) };
  return {
    outcome: stopRequest && goesOnElsewhere(stopRequest) ? 'failed' : exit.outcome,
    error: { ...failure, retryable: false, details },
  };
};

const evidence = (failed: readonly FailedRollback[]) => ({
  rollback: {
    failed: failed
      .slice(0, NAMED_MAX)
      .map((action) => ({ ...action, message: cutText(action.message, MESSAGE_CHARS) })),
    count: failed.length,
  },
});
