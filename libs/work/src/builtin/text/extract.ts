import { Worker } from 'node:worker_threads';
import { AppError } from '@precedent/kernel';
import { badField } from '../refusal.ts';
import { stopError, stopRequestOf } from '../../stop.ts';

export interface ExtractTerms {
  readonly pattern: string;
  /** Some of i, m, s and u. */
  readonly flags: string;
  readonly limit: number;
  readonly timeoutMs: number;
}

export interface Match {
  /** Of its first character. */
  readonly at: number;
  readonly text: string;
  /** Numbered groups; `null` for one that took no part. */
  readonly groups: readonly (string | null)[];
  readonly named?: Readonly<Record<string, string | null>>;
}

export interface Extracted {
  readonly matches: readonly Match[];
  /** There are more than `limit`. */
  readonly truncated: boolean;
}

/**
 * All matches of a pattern. It runs in a thread of its own, which is ended when the time is up: a pattern can take for ever, and
 * nothing else in JavaScript ends it. Rejects with INVALID_TASK (no pattern, or not in time) or the error of a stop.
 */
export const extract = async (text: string, terms: ExtractTerms, signal: AbortSignal): Promise<Extracted> => {
  refuseBadPattern(terms);
  const thread = new Worker(PROGRAM, {
    eval: true,
    workerData: { text, ...terms },
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    stdout: true,
    stderr: true,
  });
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(stopError(stopRequestOf(signal)));
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => stopped.reject(tooSlow(terms)), terms.timeoutMs);
  try {
    return await Promise.race([answerOf(thread), stopped.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
};

/** Compiling a pattern is quick, whatever it is. */
const refuseBadPattern = ({ pattern, flags }: ExtractTerms): void => {
  try {
    new RegExp(pattern, flags);
  } catch (error) {
    throw badField('pattern', error instanceof Error ? error.message : String(error));
  }
};

const tooSlow = ({ timeoutMs }: ExtractTerms): AppError =>
  badField('pattern', `expected all matches within ${timeoutMs} ms; it was not done by then`);

const answerOf = (thread: Worker): Promise<Extracted> =>
  new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new AppError('HANDLER_FAILED', `the pattern could not be matched: ${cause.message}`, { cause }));
    thread.once('message', resolve);
    thread.once('error', failed);
    thread.once('exit', () => failed(new Error('its thread has ended')));
  });

/** Plain JavaScript: a thread that is made of a text knows no TypeScript. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { text, pattern, flags, limit } = workerData;
const orNull = (value) => (value === undefined ? null : value);
const matches = [];
let truncated = false;
for (const match of text.matchAll(new RegExp(pattern, flags + 'g'))) {
  if (matches.length === limit) {
    truncated = true;
    break;
  }
  const [whole, ...groups] = match;
  const named = match.groups && Object.fromEntries(Object.entries(match.groups).map(([k, v]) => [k, orNull(v)]));
  matches.push({ at: match.index, text: whole, groups: groups.map(orNull), ...(named && { named }) });
}
parentPort.postMessage({ matches, truncated });
`;
