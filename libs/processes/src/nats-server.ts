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
import { AppError, isAppError } from '@precedent/kernel';
import { spawnBound } from './bound-process.ts';
import { exitOf } from './exit.ts';
import type { Exit } from './exit.ts';
import { natsConfig } from './nats-config.ts';
import type { NatsConfigOptions } from './nats-config.ts';
import { natsFolder } from './nats-folder.ts';
import type { NatsFolder } from './nats-folder.ts';
import { setNice } from './priority.ts';
import {
  LINES_MAX,
  portTaken,
  reachableHost,
  startFailureReason,
  terminator,
  untilReady,
} from './server-process.ts';

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

/**
 * Starts a nats-server with JetStream and resolves when it answers clients. Throws PORT_IN_USE with the port, and
 * NATS_UNREACHABLE with its last lines when it ends or hangs before that.
 */
export const startNatsServer = async (options: NatsServerOptions): Promise<NatsServer> => {
  const folder = natsFolder(options.dataDir);
  prepare(folder, options);
  const logStart = statSync(folder.log, { throwIfNoEntry: false })?.size ?? 0;
  const lines = (): string[] => lastLines(folder, logStart);
  const child = spawnServer(options.binary, folder);
  const exited = exitOf(child, lines);
  const pid = child.pid ?? 0;
  try {
    const { readyTimeoutMs: limitMs = READY_LIMIT_MS, signal } = options;
    const port = await untilReady({ name: 'the nats-server', exited, limitMs, pollMs: POLL_MS, signal }, () =>
      servedPort(folder.dir, pid),
    );
    const url = `nats://${reachableHost(options.host)}:${port}`;
    return { url, port, pid, exited, stop: terminator(child, exited, 'SIGTERM') };
  } catch (error) {
    child.kill('SIGKILL');
    const exit = await exited;
    throw isAppError(error) ? error : failure(error, exit, options);
  }
};

const prepare = (folder: NatsFolder, options: NatsServerOptions): void => {
  mkdirSync(folder.store, { recursive: true });
  for (const name of readdirSync(folder.dir)) {
    // Written by a server that was killed; a stale file might carry the process id of the new one.
    if (name.endsWith('.ports')) rmSync(path.join(folder.dir, name), { force: true });
  }
  rmSync(folder.config, { force: true });
  // The configuration may hold a token: readable by the owner only.
  writeFileSync(folder.config, natsConfig({ ...options, folder }), { mode: 0o600 });
};

const NICE = -5;

/** From the end of our process to the signal that ends the server: its clients end first. Milliseconds. */
const ASK_AFTER_MS = 2_500;

const spawnServer = (binary: string, folder: NatsFolder): ChildProcess => {
  const output = openSync(folder.output, 'w');
  const child = spawnBound(binary, ['-c', folder.config], {
    stdio: ['ignore', output, output],
    end: { signal: 'SIGTERM', askAfterMs: ASK_AFTER_MS },
  });
  closeSync(output);
  // The server must answer also while the engine is busy.
  if (child.pid !== undefined) setNice(child.pid, NICE);
  return child;
};

const POLL_MS = 10;

/** The port, once the server has written its ports file and greets a connection. */
const servedPort = async (dir: string, pid: number): Promise<number | undefined> => {
  const address = readPorts(dir, pid);
  const port = Number(address?.port);
  return address && (await greets(address.hostname, port)) ? port : undefined;
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
      host: reachableHost(hostname.replaceAll(/[[\]]/g, '')).replaceAll(/[[\]]/g, ''),
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

const failure = (error: unknown, exit: Exit, { host, port, binary }: NatsServerOptions): AppError =>
  exit.lines.some((line) => line.includes('address already in use'))
    ? portTaken(host, port)
    : new AppError('NATS_UNREACHABLE', `${binary} did not start: ${startFailureReason(error, exit)}`, {
        details: { lines: exit.lines },
      });
