import { workerData } from 'node:worker_threads';
import { ticksOn } from './attempt-board.ts';
import type { BlockReport } from './block-report.ts';
import { CHECK_MS, LoopWatch } from './loop-watch.ts';
import type { WatchdogInput } from './watchdog.ts';

/** The program of the watchdog thread. What reports is loaded when it is first needed, because an idle thread should be small. */

const input = workerData as WatchdogInput;
const watch = new LoopWatch(performance.now());
let report: Promise<BlockReport> | undefined;

const begin = async (): Promise<BlockReport> => {
  const { BlockReport: Report } = await import('./block-report.ts');
  return new Report(input);
};

const check = async (): Promise<void> => {
  const ms = watch.check(ticksOn(input.memory), performance.now());
  const isBlocked = ms > 0;
  if (isBlocked) report ??= begin();
  const current = await report;
  if (isBlocked) return current?.goesOn(ms);
  report = undefined;
  await current?.end();
};

setInterval(() => void check(), CHECK_MS);
