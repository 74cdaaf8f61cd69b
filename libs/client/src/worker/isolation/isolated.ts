import type { IsolatedHandler, IsolatedOptions } from './isolated-handler.ts';
import { isolatedHandler } from './isolated-handler.ts';
import { launchProcess } from './process-guest.ts';
import { launchThread } from './thread-guest.ts';

/**
 * A handler that runs in a thread or a process of its own, with the same job and the same context as any other: where it blocks, crashes or
 * runs out of memory, only its attempt fails, and when it has not left by the deadline of a stop it is terminated. A thread that is inside of
 * native code ends when that code returns; its slot is free before. Throws INVALID_CONFIG for options out of bounds; a module that cannot be
 * loaded makes `worker.start()` reject with INVALID_CONFIG.
 */
export const isolated = (options: IsolatedOptions): IsolatedHandler =>
  isolatedHandler(options, options.in === 'process' ? launchProcess : launchThread);
