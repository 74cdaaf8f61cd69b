import type { Job } from '@precedent/client';
import { monotonicMs } from '../clock.ts';

/** Handlers that run in threads of their own; those of `isolate` run in the worker as well. */

export const noop = (): Promise<undefined> => Promise.resolve(undefined);

/** Resolves to the milliseconds from the moment in its payload until it was called. */
export const delay = ({ task }: Job): Promise<number> =>
  Promise.resolve(monotonicMs() - (task.payload as { readonly sentAt: number }).sentAt);

/** Takes a processor for the milliseconds in its payload, without a break. */
export const compute = ({ task }: Job): Promise<void> => {
  const end = performance.now() + (task.payload as { readonly ms: number }).ms;
  while (performance.now() < end);
  return Promise.resolve();
};

/** Never leaves, and takes no processor meanwhile. */
export const block = (): never => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('nothing wakes this thread');
};
