import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { AppError, isAppError, messageOf, sleep, startTimer } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { spawnBound } from './bound-process.ts';
import type { BoundOptions } from './bound-process.ts';
import { exitText } from './exit.ts';
import type { Exit } from './exit.ts';
import { setNice } from './priority.ts';

/** What a server in a data folder is started with. */
export interface ServerOptions {
  readonly binary: string;
  /** Absolute. The server keeps everything in a sub-folder of its own. Lock it first: the server itself does not. */
  readonly dataDir: string;
  /** Milliseconds; one minute by default, because a large store is read before clients are served. */
  readonly readyTimeoutMs?: number;
  /** Kills it, and rejects with CANCELLED, if it is not ready yet. */
  readonly signal?: AbortSignal;
}

/** A server that is ready for clients. */
export interface Server {
  /** For clients on this machine. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** In good order, and SIGKILL after `limitMs` (10 s by default). Resolves when it has ended. Safe to call twice. */
  stop(limitMs?: number): Promise<void>;
}

interface SpawnOptions extends Omit<BoundOptions, 'stdio'> {
  /** The file that its output goes to; what is in it is lost. */
  readonly output: string;
  readonly nice: number;
}

/** Starts the program of a server, bound to the life of this process. */
export const spawnServer = (
  binary: string,
  args: readonly string[],
  { output, nice, ...options }: SpawnOptions,
): ChildProcess => {
  const file = openSync(output, 'w');
  const child = spawnBound(binary, args, { ...options, stdio: ['ignore', file, file] });
  closeSync(file);
  if (child.pid !== undefined) setNice(child.pid, nice);
  return child;
};

const READY_LIMIT_MS = 60_000;
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

interface StartingServer extends Pick<ServerOptions, 'binary' | 'readyTimeoutMs' | 'signal'> {
  /** For messages: `nats-server`. */
  readonly name: string;
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly pollMs: number;
  /** Where it was to listen. */
  readonly host: string;
  readonly port: number;
  /** Of the error when it does not start. */
  readonly code: ErrorCode;
}

/**
 * Calls `probe` until it gives something. Otherwise the server is killed. Throws CANCELLED when the signal was aborted, PORT_IN_USE, and the
 * error code of the server, with its last lines, when it has ended or is not ready in time.
 */
export const untilReady = async <T>(
  server: StartingServer,
  probe: () => Promise<T | undefined>,
): Promise<T> => {
  try {
    return await polled(server, probe);
  } catch (error) {
    server.child.kill('SIGKILL');
    const exit = await server.exited;
    throw isAppError(error) ? error : startFailure(server, error, exit);
  }
};

const ENDED = 'ended';

const polled = async <T>(
  { name, exited, readyTimeoutMs: limitMs = READY_LIMIT_MS, pollMs, signal }: StartingServer,
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

const startFailure = ({ code, binary, host, port }: StartingServer, error: unknown, exit: Exit): AppError => {
  const { lines } = exit;
  if (lines.some((line) => /address (already )?in use/i.test(line))) return portTaken(host, port);
  const why = messageOf(error) === ENDED ? exitText(exit) : messageOf(error);
  const full = lines.some((line) => /no space left/i.test(line)) ? 'the disk is full: ' : '';
  return new AppError(code, `${binary} did not start: ${full}${why}`, { details: { lines } });
};

export const portTaken = (host: string, port: number): AppError =>
  new AppError('PORT_IN_USE', `port ${port} on ${host} is taken`, { details: { host, port } });

/** The host part of a URL by which programs of this machine reach a server that listens on `host`, which may be every address. */
export const reachableHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};
