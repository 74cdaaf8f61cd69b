import { AppError, isAppError, messageOf, sleep } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { exitText } from './exit.ts';
import type { Exit } from './exit.ts';
import type { RestartPolicy } from './restart.ts';
import { RESTART_POLICY, restartDelay } from './restart.ts';

/** What can be kept running: a child, a server. */
export interface Runnable {
  readonly exited: Promise<Exit>;
}

export interface KeepOptions<T extends Runnable> {
  readonly name: string;
  readonly start: () => Promise<T>;
  readonly policy?: RestartPolicy;
  /** It ended by itself, or a restart failed; it is started again after `delayMs`. */
  readonly onRestart?: (reason: string, delayMs: number) => void;
  /** It runs again. */
  readonly onRunning?: (running: T) => void;
}

export interface Kept<T extends Runnable> {
  /** The one that runs, or ran last. */
  current(): T;
  /** Rejects when it ended too often to be started again, with the last lines, or at once for a reason that lasts. Never resolves. */
  readonly gaveUp: Promise<never>;
  /** No more restarts; `end` then stops the one that runs. Resolves after it, and after a start that was under way. */
  stop(end: (running: T) => Promise<void>): Promise<void>;
}

/** Why a start fails that fails again however often it is tried. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['JOURNAL_CORRUPT', 'DATA_TOO_NEW']);

/** Starts something and starts it again whenever it ends by itself. Throws when the first start fails. */
export const keepRunning = async <T extends Runnable>(options: KeepOptions<T>): Promise<Kept<T>> => {
  const { name, start, policy = RESTART_POLICY, onRestart, onRunning } = options;
  const stopping = new AbortController();
  const ends: number[] = [];
  let running = await start();
  let starting: Promise<T> | undefined;

  /** Waits, starts again; on failure counts it as another end. */
  const startAgain = async (reason: string): Promise<boolean> => {
    const now = performance.now();
    ends.push(now);
    while (ends[0] !== undefined && ends[0] <= now - policy.windowMs) ends.shift();
    const delayMs = restartDelay(ends, policy);
    if (delayMs === undefined) throw tooOften(name, policy, reason);
    onRestart?.(reason, delayMs);
    if (!(await sleep(delayMs, stopping.signal))) return false;
    try {
      starting = start();
      running = await starting;
    } catch (error) {
      if (isAppError(error) && LASTING.has(error.code)) throw error;
      return startAgain(messageOf(error));
    }
    onRunning?.(running);
    return true;
  };

  const keep = async (): Promise<void> => {
    let again = true;
    while (again) {
      const exit = await running.exited;
      if (stopping.signal.aborted) return;
      again = await startAgain(exitText(exit));
    }
  };

  const kept = keep();
  const gaveUp = kept.then(() => new Promise<never>(() => undefined));
  // Whoever never looks at it must not be ended by an unhandled rejection.
  gaveUp.catch(() => undefined);
  const stop = async (end: (running: T) => Promise<void>): Promise<void> => {
    stopping.abort();
    await starting?.catch(() => undefined);
    await end(running);
    await kept.catch(() => undefined);
  };
  return { current: () => running, gaveUp, stop };
};

const tooOften = (name: string, { endsMax, windowMs }: RestartPolicy, reason: string): AppError =>
  new AppError(
    'INTERNAL',
    `the ${name} ended ${endsMax} times within ${windowMs / 1_000} s, the last time with ${reason}`,
  );
