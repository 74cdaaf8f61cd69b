import { LIMITS } from '@precedent/contracts';
import { isVerdict } from '@precedent/contract-types';
import type { TaskView } from '@precedent/contract-types';
import { AppError, backoffMs, errorOf, isAppError, isOutage, sleep } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Api } from './api.ts';
import { call } from './api.ts';

export interface WaitOptions {
  /** Milliseconds. Without it the wait has no end. */
  readonly timeoutMs?: number;
}

/** Short enough that the death of an engine costs a waiter seconds, long enough that thousands may wait. */
const HELD_MS = Math.min(5_000, LIMITS.waitMs);
/** Milliseconds beyond the time that the engine holds the request. */
const GRACE_MS = 1_000;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1_000;

export interface Waiter extends Api {
  /** Whether the task went into the stream: an engine that does not know it may still read it. */
  readonly mayComeLater: (id: string) => boolean;
  /** Aborted when the reader has left: no further request is made then. */
  readonly left?: AbortSignal;
}

/** See `Client.wait`. */
export const waitForVerdict = async (
  waiter: Waiter,
  id: string,
  { timeoutMs }: WaitOptions = {},
): Promise<TaskView> => {
  const until = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  for (let silent = 0; ; silent++) {
    waiter.left?.throwIfAborted();
    const left = until - performance.now();
    if (left <= 0) throw new AppError('WAIT_TIMEOUT', `task ${id} did not settle within ${timeoutMs} ms`);
    const view = await held(waiter, id, Math.min(HELD_MS, left));
    if (view && isVerdict(view.state)) return view;
    if (view) silent = -1;
    else await sleep(Math.min(backoffMs(silent, BACKOFF_MS, BACKOFF_MS_MAX), left));
  }
};

/** One request that the engine holds open; `undefined` when no engine could say anything now. */
const held = async (waiter: Waiter, id: string, ms: number): Promise<TaskView | undefined> => {
  const timeoutMs = Math.max(0, Math.floor(ms));
  try {
    return await call(waiter, 'wait', { id, timeoutMs }, timeoutMs + GRACE_MS);
  } catch (error) {
    if (isPassing(error, waiter, id)) return undefined;
    throw error;
  }
};

/**
 * An engine that stops, starts or takes over reports an outage or does not answer, and it has room for a limited number of waiters. None of
 * that ends a wait; only the loss of the connection does.
 */
const isPassing = (error: unknown, waiter: Waiter, id: string): boolean => {
  if (!isAppError(error)) return false;
  if (error.code === 'QUEUE_FULL') return true;
  if (isOutage(error)) return error.code !== 'NATS_UNREACHABLE';
  return isUnread(error) && waiter.mayComeLater(id);
};

/** Not known, and not because it was settled long ago, or deleted. */
const isUnread = ({ code, extras }: AppError): boolean =>
  code === 'TASK_NOT_FOUND' && extras.details === undefined;

/** The result of a completed task; throws the error of any other verdict. */
export const resultOrThrow = (view: TaskView): unknown => {
  if (view.state === 'completed') return view.result;
  throw errorOf(view.error ?? problemFor(view));
};

const problemFor = ({ id, state }: TaskView): Problem =>
  state === 'cancelled'
    ? { code: 'CANCELLED', message: `task ${id} was cancelled` }
    : { code: 'INTERNAL', message: `task ${id} is ${state}, and no error was kept` };
