import { startTimer } from './timer.ts';

/** Calls `run` once after `ms` milliseconds; the returned function takes it back. */
export type Wake = (ms: number, run: () => void) => () => void;

const realTime: Wake = (ms, run) => {
  const timer = startTimer(ms, run);
  return () => timer.cancel();
};

/** Calls `run` when the signal is aborted, or at once when it already is. The returned function stops listening. */
export const onAbort = (signal: AbortSignal, run: () => void): (() => void) => {
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
};

/**
 * Resolves to `true` after `ms` milliseconds, or to `false` as soon as the signal is aborted. Never rejects. `wake` is the clock; real
 * time by default.
 */
export const sleep = (ms: number, signal?: AbortSignal, wake: Wake = realTime): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const end = (isOver: boolean): void => {
      takeBack();
      stopListening?.();
      resolve(isOver);
    };
    const takeBack = wake(ms, () => end(true));
    const stopListening = signal && onAbort(signal, () => end(false));
  });

/** Resolves to whether `work` settles within `ms` milliseconds. Never rejects, and leaves no timer behind. */
export const settlesWithin = (work: Promise<unknown>, ms: number, wake: Wake = realTime): Promise<boolean> =>
  new Promise((resolve) => {
    const takeBack = wake(ms, () => resolve(false));
    const settled = (): void => {
      takeBack();
      resolve(true);
    };
    work.then(settled, settled);
  });

/** The outcome of `work`. Rejects with `late()` when it does not settle within `ms` milliseconds; what comes later is ignored. */
export const within = <T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> =>
  settlesWithin(work, ms).then((isInTime) => {
    if (isInTime) return work;
    throw late();
  });

/** The outcome of `work`. Rejects with the reason of the signal as soon as that is aborted; what comes later is ignored. */
export const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(signal.reason));
    work.then(resolve, reject).finally(stopListening);
  });

/** Aborted with a `TimeoutError` after `ms` milliseconds. Does not keep a Node process alive. */
export const timeoutSignal = (ms: number): AbortSignal => {
  const controller = new AbortController();
  const late = (): void => controller.abort(new DOMException('the time is over', 'TimeoutError'));
  startTimer(ms, late).unref();
  return controller.signal;
};
