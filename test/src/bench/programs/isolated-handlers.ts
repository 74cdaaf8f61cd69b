import type { Job } from '@precedent/client';
import { monotonicMs } from '../clock.ts';

/** Handlers of `isolate`: the same functions run in the worker and in threads of their own. */

export const noop = (): Promise<undefined> => Promise.resolve(undefined);

/** Resolves to the milliseconds from the moment in its payload until it was called. */
export const delay = ({ task }: Job): Promise<number> =>
  Promise.resolve(monotonicMs() - (task.payload as { readonly sentAt: number }).sentAt);

/** Never leaves, and takes no processor meanwhile. */
export const block = (): never => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('nothing wakes this thread');
};
