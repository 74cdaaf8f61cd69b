import { AppError, isAppError, messageOf, sleep } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { exitText } from './exit.ts';
import type { Exit } from './exit.ts';
import type { RestartPolicy } from './restart-policy.ts';
import { RESTART_POLICY, restartDelay } from './restart-policy.ts';

/** What can be supervised: a child process, a server. */
export interface Supervisable {
  readonly exited: Promise<Exit>;
}

export interface SuperviseOptions<T extends Supervisable> {
  readonly name: string;
  readonly start: () => Promise<T>;
  readonly policy?: RestartPolicy;
  /** Called when the process ended by itself, or a restart failed; the next start is after `delayMs`. */
  readonly onRestart?: (reason: string, delayMs: number) => void;
  /** Called when the process runs again. */
  readonly onRunning?: (running: T) => void;
}

export interface Supervised<T extends Supervisable> {
  /** The process that runs, or ran last. */
  current(): T;
  /** Rejects with the last lines when the process ended too often, or at once for an unrecoverable reason. Never resolves. */
  readonly gaveUp: Promise<never>;
  /** Ends the restarts, waits for a start that is under way, then stops the running process by `end`. */
  stop(end: (running: T) => Promise<void>): Promise<void>;
}

/** Errors of a start that every later start meets again. */
const UNRECOVERABLE: ReadonlySet<ErrorCode> = new Set(['JOURNAL_CORRUPT', 'DATA_TOO_NEW']);

/** Starts a process, and starts it again whenever it ends by itself. Throws when the first start fails. */
export const supervise = async <T extends Supervisable>(
  options: SuperviseOptions<T>,
): Promise<Supervised<T>> => {
  const { name, start, policy = RESTART_POLICY, onRestart, onRunning } = options;
  const stopping = new AbortController();
  const ends: number[] = [];
  let running = await start();
  let starting: Promise<T> | undefined;

  /** Waits and starts the process again. A failed start counts as another end. */
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
      if (isAppError(error) && UNRECOVERABLE.has(error.code)) throw error;
      return startAgain(messageOf(error));
    }
    onRunning?.(running);
    return true;
  };

  const restartUntilStopped = async (): Promise<void> => {
    let again = true;
    while (again) {
      const exit = await running.exited;
      if (stopping.signal.aborted) return;
      again = await startAgain(exitText(exit));
    }
  };

  const ended = restartUntilStopped();
  const gaveUp = ended.then(() => new Promise<never>(() => undefined));
  // A caller that never uses it must not be ended by an unhandled rejection.
  gaveUp.catch(() => undefined);
  const stop = async (end: (running: T) => Promise<void>): Promise<void> => {
    stopping.abort();
    await starting?.catch(() => undefined);
    await end(running);
    await ended.catch(() => undefined);
  };
  return { current: () => running, gaveUp, stop };
};

const tooOften = (name: string, { endsMax, windowMs }: RestartPolicy, reason: string): AppError =>
  new AppError(
    'INTERNAL',
    `the ${name} ended ${endsMax} times within ${windowMs / 1_000} s, the last time with ${reason}`,
  );
