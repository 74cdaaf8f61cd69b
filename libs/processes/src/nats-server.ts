import type { ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError, messageOf, startTimer } from '@precedent/kernel';
import { spawnBound } from './bound-process.ts';
import { exitOf, exitText } from './exit.ts';
import type { Exit } from './exit.ts';
import { natsConfig } from './nats-config.ts';
import type { NatsConfigOptions } from './nats-config.ts';
import { natsFolder } from './nats-folder.ts';
import type { NatsFolder } from './nats-folder.ts';
import { setNice } from './priority.ts';

export interface NatsServerOptions extends Omit<NatsConfigOptions, 'folder'> {
  readonly binary: string;
  /** Absolute. The server keeps everything in its sub-folder `nats`. Lock it first: the server itself does not. */
  readonly dataDir: string;
  /** Milliseconds; one minute by default, because a large store is recovered before clients are served. */
  readonly readyTimeoutMs?: number;
  /** Kills it, and rejects with CANCELLED, if it is not ready yet. */
  readonly signal?: AbortSignal;
}

export interface NatsServer {
  /** For clients on this machine. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL after `limitMs` (10 s by default). Resolves when it has ended. Safe to call twice. */
  stop(limitMs?: number): Promise<void>;
}

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/**
 * Starts a nats-server with JetStream and resolves when it answers clients. Throws PORT_IN_USE with the port, and
 * NATS_UNREACHABLE with its last lines when it ends or hangs before that.
 */
export const startNatsServer = async (options: NatsServerOptions): Promise<NatsServer> => {
  const folder = natsFolder(options.dataDir);
  prepare(folder, options);
  const logStart = statSync(folder.log, { throwIfNoEntry: false })?.size ?? 0;
  const lines = (): string[] => lastLines(folder, logStart);
  const child = launch(options.binary, folder);
  const exited = exitOf(child, lines);
  const pid = child.pid ?? 0;
  try {
    const { readyTimeoutMs: limitMs = READY_LIMIT_MS, signal } = options;
    const port = await ready({ folder, pid, exited, limitMs, ...(signal && { signal }) });
    return {
      url: `nats://${reachable(options.host)}:${port}`,
      port,
      pid,
      exited,
      stop: stopper(child, exited),
    };
  } catch (error) {
    child.kill('SIGKILL');
    const exit = await exited;
    throw isAppError(error) ? error : failure(error, exit, options);
  }
};

const prepare = (folder: NatsFolder, options: NatsServerOptions): void => {
  mkdirSync(folder.store, { recursive: true });
  for (const name of readdirSync(folder.dir)) {
    // Left behind by a server that was killed; one of them might carry the number of the new process.
    if (name.endsWith('.ports')) rmSync(path.join(folder.dir, name), { force: true });
  }
  rmSync(folder.config, { force: true });
  // It may hold a token: for the owner's eyes only.
  writeFileSync(folder.config, natsConfig({ ...options, folder }), { mode: 0o600 });
};

const NICE = -5;

/** When the process that started it is gone: its clients end first. Milliseconds. */
const ASK_AFTER_MS = 2_500;

const launch = (binary: string, folder: NatsFolder): ChildProcess => {
  const output = openSync(folder.output, 'w');
  const child = spawnBound(binary, ['-c', folder.config], {
    stdio: ['ignore', output, output],
    end: { signal: 'SIGTERM', askAfterMs: ASK_AFTER_MS },
  });
  closeSync(output);
  // It should answer also while the engine is busy.
  if (child.pid !== undefined) setNice(child.pid, NICE);
  return child;
};

const stopper =
  (child: ChildProcess, exited: Promise<Exit>) =>
  async (limitMs: number = STOP_LIMIT_MS): Promise<void> => {
    child.kill('SIGTERM');
    const timer = startTimer(limitMs, () => child.kill('SIGKILL'));
    await exited;
    timer.cancel();
  };

interface Waiting {
  readonly folder: NatsFolder;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

const POLL_MS = 10;

/** The port, once the server has written its ports file and greets a connection. */
const ready = async ({ folder, pid, exited, limitMs, signal }: Waiting): Promise<number> => {
  let ended = false;
  void exited.then(() => (ended = true));
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (ended) throw new Error('ended');
    if (signal?.aborted) throw new AppError('CANCELLED', 'the start of the nats-server was cancelled');
    const address = readPorts(folder.dir, pid);
    if (address && (await greets(address.hostname, Number(address.port)))) return Number(address.port);
    await delay(POLL_MS);
  }
  throw new Error(`not ready within ${limitMs} ms`);
};

/** The file carries the name of the program, which may be any. */
const readPorts = (dir: string, pid: number): URL | undefined => {
  try {
    const name = readdirSync(dir).find((one) => one.endsWith(`_${pid}.ports`));
    if (name === undefined) return undefined;
    const { nats } = JSON.parse(readFileSync(path.join(dir, name), 'utf8')) as { nats?: string[] };
    return nats?.[0] === undefined ? undefined : new URL(nats[0]);
  } catch {
    // Half-written.
    return undefined;
  }
};

const GREETING_LIMIT_MS = 1_000;

/** Whether a NATS server is behind the port: it sends INFO first. */
const greets = (hostname: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({
      host: reachable(hostname.replaceAll(/[[\]]/g, '')),
      port,
      timeout: GREETING_LIMIT_MS,
    });
    const answer = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('INFO ')));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });

/** A server that listens everywhere is reached through the loopback address. */
const reachable = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

const LINES_MAX = 20;

/** What this run wrote: to its output before the log was open, then to the log. */
const lastLines = (folder: NatsFolder, logStart: number): string[] => {
  const log = readBytes(folder.log);
  // A log that has shrunk was rotated: all of it is new.
  const fresh = log.subarray(log.length < logStart ? 0 : logStart);
  const lines = `${readBytes(folder.output).toString()}\n${fresh.toString()}`.split('\n');
  return lines.filter((line) => line.trim() !== '').slice(-LINES_MAX);
};

const readBytes = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
};

const failure = (error: unknown, exit: Exit, { host, port, binary }: NatsServerOptions): AppError => {
  const taken = exit.lines.some((line) => line.includes('address already in use'));
  if (taken) {
    return new AppError('PORT_IN_USE', `port ${port} on ${host} is taken`, { details: { host, port } });
  }
  const reason = messageOf(error) === 'ended' ? exitText(exit) : messageOf(error);
  return new AppError('NATS_UNREACHABLE', `${binary} did not start: ${reason}`, {
    details: { lines: exit.lines },
  });
};
