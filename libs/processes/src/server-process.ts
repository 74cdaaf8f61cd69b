import type { ChildProcess } from 'node:child_process';
import { AppError, messageOf, sleep, startTimer } from '@precedent/kernel';
import { exitText } from './exit.ts';
import type { Exit } from './exit.ts';

const STOP_LIMIT_MS = 10_000;
/** Lines of a server's output that an error carries. */
export const LINES_MAX = 20;

/** Sends a server the signal at which it ends in good order, and SIGKILL after `limitMs`. Resolves when it has ended. */
export const terminator =
  (child: ChildProcess, exited: Promise<Exit>, signal: NodeJS.Signals) =>
  async (limitMs: number = STOP_LIMIT_MS): Promise<void> => {
    child.kill(signal);
    const timer = startTimer(limitMs, () => child.kill('SIGKILL'));
    await exited;
    timer.cancel();
  };

export interface ReadyOptions {
  /** For messages: `nats-server`. */
  readonly name: string;
  readonly exited: Promise<Exit>;
  readonly limitMs: number;
  readonly pollMs: number;
  readonly signal?: AbortSignal | undefined;
}

const ENDED = 'ended';

/**
 * Calls `probe` until it gives something. Throws CANCELLED when the signal was aborted, and an error for `startFailureReason` when the server
 * has ended or is not ready in time.
 */
export const untilReady = async <T>(
  { name, exited, limitMs, pollMs, signal }: ReadyOptions,
  probe: () => Promise<T | undefined>,
): Promise<T> => {
  let hasEnded = false;
  void exited.then(() => (hasEnded = true));
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (hasEnded) throw new Error(ENDED);
    if (signal?.aborted) throw new AppError('CANCELLED', `the start of ${name} was cancelled`);
    const found = await probe();
    if (found !== undefined) return found;
    await sleep(pollMs);
  }
  throw new Error(`not ready within ${limitMs} ms`);
};

/** Why a server did not start: how it ended, or what `untilReady` threw. */
export const startFailureReason = (error: unknown, exit: Exit): string =>
  messageOf(error) === ENDED ? exitText(exit) : messageOf(error);

export const portTaken = (host: string, port: number): AppError =>
  new AppError('PORT_IN_USE', `port ${port} on ${host} is taken`, { details: { host, port } });

/** The host part of a URL by which programs of this machine reach a server that listens on `host`, which may be every address. */
export const reachableHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};
