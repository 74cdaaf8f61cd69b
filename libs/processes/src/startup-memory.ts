import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** From the start to the collection; by then all modules have been read. Milliseconds. */
const AFTER_MS = 1_000;
/** Collecting less than this takes some 25 ms. A program with a larger heap has work, and V8 collects by itself. Bytes. */
const SMALL_HEAP = 64 * 2 ** 20;

/**
 * Collects the memory that only the start of a program needed, 9 MB in an engine. V8 collects when a program allocates, and an idle
 * program does not.
 */
export const releaseStartupMemory = (): void => {
  setTimeout(() => {
    if (process.memoryUsage().heapUsed > SMALL_HEAP) return;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as NodeJS.GCFunction;
    setFlagsFromString('--no-expose-gc');
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, AFTER_MS).unref();
};
