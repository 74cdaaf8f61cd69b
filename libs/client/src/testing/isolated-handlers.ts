import { setTimeout as pause } from 'node:timers/promises';
import type { Handler, YieldRequest } from '../worker/handler.ts';
import { AppError } from '@precedent/kernel';

/** Handlers of the tests of isolation. */

export const echo: Handler = ({ task }) => Promise.resolve(task.payload);

/** Ends when it is requested to. */
export const wait: Handler = (_, { signal, progress }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    progress(0.5);
  });

/** Says which context it has got. */
export const everyMember: Handler = async ({ id, attempt }, context) => {
  const { progress, heartbeat, log, checkpoint, onRollback, idempotencyKey, atomic, resume } = context;
  heartbeat();
  progress(0.25, 'a quarter');
  log('stdout', 'first\n');
  log('log', 'second');
  await onRollback('undo', { of: id });
  await checkpoint({ at: new Date(0) }, { fraction: 0.5 });
  const inAtomic = await atomic(() => 'inside', { maxMs: 1_000 });
  return { id, attempt, key: idempotencyKey('a'), inAtomic, resume, yields: context.yieldRequested() };
};

/** Waits at a safe point until it is requested to yield. */
export const safePoints: Handler = async (_, { yieldSignal, yieldIfRequested, progress }) => {
  const requested = new Promise((resolve) => yieldSignal.addEventListener('abort', resolve));
  progress(0.5);
  await requested;
  progress(1, (yieldSignal.reason as YieldRequest).reason);
  yieldIfRequested();
};

/** Never ends, and says which process it is in. */
export const processLoop: Handler = (_, { log }) => {
  log('log', String(process.pid));
  for (;;);
};

/** Never waits, and looks for requests only by a function. */
export const cpuBound: Handler = (_, { yieldIfRequested, progress }) => {
  progress(0.5);
  for (;;) yieldIfRequested();
};

export const checkpoints: Handler = async ({ task }, { checkpoint, progress }) => {
  progress(0.5);
  for (let done = 0; ; done++) await checkpoint({ done, ...(task.payload as object) });
};

/** Lasts as many milliseconds as the payload says. */
export const atomicSection: Handler = async ({ task }, { atomic, progress, signal }) => {
  const { ms } = task.payload as { readonly ms: number };
  const wasAborted = await atomic(
    async () => {
      progress(0.5);
      await pause(ms);
      return signal.aborted;
    },
    { maxMs: 10_000 },
  );
  progress(1, `aborted inside: ${wasAborted}, after: ${signal.aborted}`);
  signal.throwIfAborted();
};

/** An atomic section that never ends, in which a rollback action is pending. */
export const atomicLoop: Handler = async (_, { atomic, onRollback, progress }) => {
  await onRollback('undo', 'half done');
  await atomic(
    () => {
      progress(0.5);
      for (;;);
    },
    { maxMs: 30 },
  );
};

/** Throws what the payload names. */
export const throws: Handler = ({ task }) => {
  const cause = new TypeError('the cause');
  const thrown: Readonly<Record<string, () => unknown>> = {
    plain: () => Object.assign(new RangeError('of its own', { cause }), { code: 'E_OWN', retryable: false }),
    app: () =>
      new AppError('INVALID_REQUEST', 'not so', {
        issues: [{ field: 'a', message: 'b' }],
        details: { c: 1 },
      }),
    text: () => 'only a text',
    unclonable: () => Object.assign(new Error('with a function'), { run: () => undefined, code: () => 1 }),
  };
  throw thrown[task.payload as string]?.();
};

export const unwritable: Handler = () => Promise.resolve({ count: 1n });

export const badCheckpoint: Handler = async (_, { checkpoint }) => checkpoint({ run: () => undefined });

export const uncaught: Handler = () => {
  setTimeout(() => {
    throw new TypeError('no code catches this');
  }, 0);
  return new Promise(() => undefined);
};

export const rejection: Handler = () => {
  void Promise.reject(new TypeError('no code awaits this'));
  return new Promise(() => undefined);
};

export const exits: Handler = () => {
  process.exit(3);
};

export const outOfMemory: Handler = () => {
  const taken: unknown[] = [];
  for (;;) taken.push(Array.from({ length: 10_000 }, () => taken.length));
};

/** Takes large blocks, so that much of what is new survives a collection. */
export const outOfMemoryAtOnce: Handler = () => {
  const taken: unknown[] = [];
  for (;;) taken.push(Array.from({ length: 1_000_000 }, (_, i) => `${i} ${taken.length}`));
};

export const segfault: Handler = () => {
  process.kill(process.pid, 'SIGSEGV');
  return new Promise(() => undefined);
};

/** Can be frozen; the log says what was done. */
export const freezable: Handler = ({ task }, { suspendable, log, progress, signal }) =>
  new Promise((_resolve, reject) => {
    suspendable({
      suspend: () => {
        log('log', 'suspended');
        return task.payload === 'frozen';
      },
      resume: () => log('log', 'resumed'),
    });
    signal.addEventListener('abort', () => reject(signal.reason));
    progress(0.5);
  });

/** Leaves work behind that uses the context later. */
let left: Promise<unknown> = Promise.resolve();
export const leavesWork: Handler = (_, { checkpoint, log }) => {
  left = pause(20).then(async () => {
    log('log', 'too late');
    await checkpoint({});
  });
  left.catch(() => undefined);
  return Promise.resolve('left');
};

export const askLeft: Handler = () =>
  left.then(
    () => 'kept',
    (error: unknown) => (error as AppError).code,
  );
