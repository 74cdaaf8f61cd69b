import { setTimeout as pause } from 'node:timers/promises';
import { SAMPLE_MARK } from '../sample-mark.ts';

/** Loaded into an engine before its own program: at SIGUSR2 it collects the garbage and prints what is left, in bytes. */

const COLLECTIONS = 4;
/** Pages are given back to the system by another thread. */
const PAUSE_MS = 250;

const sample = async (): Promise<void> => {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await pause(PAUSE_MS);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${SAMPLE_MARK}${JSON.stringify({ rss, heapUsed, external })}\n`);
};

process.on('SIGUSR2', () => void sample());
