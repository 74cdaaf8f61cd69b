import type { SubmitReply } from '@precedent/contract-types';
import { AppError, problemOf, sleep } from '@precedent/kernel';

/** The task with the idempotency key of its request. Throws INVALID_REQUEST where the task names another one. */
export const withIdempotencyKey = (task: unknown, key: string | undefined): unknown => {
  if (key === undefined || typeof task !== 'object' || task === null) return task;
  const given = (task as { idempotencyKey?: unknown }).idempotencyKey ?? key;
  if (given === key) return { ...task, idempotencyKey: key };
  const message = `is ${JSON.stringify(given)}, but the header Idempotency-Key says ${JSON.stringify(key)}`;
  throw new AppError('INVALID_REQUEST', `idempotencyKey: ${message}`, {
    issues: [{ field: 'idempotencyKey', message }],
  });
};

/** Why a stream of tasks ends whose client sends nothing. */
export const streamStalled = (stallMs: number): AppError =>
  new AppError('INVALID_REQUEST', `the stream sent nothing for ${stallMs} ms, and did not end`);

/** Submits tasks, and resolves to an outcome for each, in the same order. */
export type SubmitAll = (tasks: readonly unknown[]) => Promise<readonly SubmitReply[]>;

/**
 * The outcome of each task, in order. A task that finds its band full waits and is submitted again, so that a fast client is slowed down and
 * nothing of its stream is refused for that. Where a whole submission fails, each of its tasks has that error. Rejects when `signal` aborts
 * meanwhile.
 */
export const submitWithBackpressure = async (
  tasks: readonly unknown[],
  submit: SubmitAll,
  signal: AbortSignal,
): Promise<readonly SubmitReply[]> => {
  const entries = tasks.map((task): Entry => ({ task }));
  let open = entries;
  while (open.length > 0) {
    await answer(open, submit);
    open = open.filter(({ reply }) => reply !== undefined && isFull(reply));
    if (open.length > 0) await sleep(waitOf(open), signal);
    signal.throwIfAborted();
  }
  return entries.map(({ reply }) => reply ?? UNANSWERED);
};

interface Entry {
  readonly task: unknown;
  reply?: SubmitReply | undefined;
}

const answer = async (open: readonly Entry[], submit: SubmitAll): Promise<void> => {
  const replies = await submit(open.map(({ task }) => task)).catch((error: unknown) => {
    const refused = { error: problemOf(error) };
    return open.map(() => refused);
  });
  open.forEach((entry, index) => {
    entry.reply = replies[index];
  });
};

const isFull = (reply: SubmitReply): boolean => 'error' in reply && reply.error.code === 'QUEUE_FULL';

const WAIT_MS = { min: 50, max: 2_000 };

const waitOf = (entries: readonly Entry[]): number => {
  const waits = entries.map(({ reply }) =>
    reply && 'error' in reply ? (reply.error.retryAfterMs ?? WAIT_MS.min) : WAIT_MS.min,
  );
  return Math.min(Math.max(Math.min(...waits), WAIT_MS.min), WAIT_MS.max);
};

const UNANSWERED: SubmitReply = {
  error: { code: 'INTERNAL', message: 'the engine did not answer for this task' },
};
