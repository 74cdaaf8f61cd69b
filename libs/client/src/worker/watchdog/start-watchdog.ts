import { existsSync } from 'node:fs';
import { url } from 'node:inspector';
import { Worker, isMainThread } from 'node:worker_threads';
import { startInterval } from '@precedent/kernel';
import { threadFlags } from '../isolation/guest-entry.ts';
import { tickOn } from './attempt-board.ts';
import { BLOCKED_MS } from './loop-watch.ts';
import type { StartWatchdog } from './watchdog.ts';

const isSource = import.meta.url.endsWith('.ts');
const ENTRY = new URL(isSource ? 'watchdog-thread.ts' : 'watchdog.mjs', import.meta.url);
/** Between two signs that the event loop goes on. Milliseconds. */
const TICK_MS = 200;

/** Starts the thread that reports for a worker whose event loop is blocked. A program that was bundled into one file has none. */
export const startWatchdog: StartWatchdog = (workerData, unblocked) => {
  if (!existsSync(ENTRY)) return () => undefined;
  const execArgv = isSource ? threadFlags() : [];
  const thread = new Worker(ENTRY, { name: 'precedent-watchdog', ...(execArgv && { execArgv }), workerData });
  thread.unref();
  // What it dies of must not end the worker.
  thread.on('error', () => undefined);
  let tickedAt = performance.now();
  const tick = (): void => {
    const lateMs = performance.now() - tickedAt;
    tickedAt = performance.now();
    tickOn(workerData.memory, isMainThread && url() === undefined);
    if (lateMs >= BLOCKED_MS) unblocked();
  };
  tick();
  const ticking = startInterval(TICK_MS, tick);
  ticking.unref();
  return () => {
    ticking.cancel();
    void thread.terminate();
  };
};
