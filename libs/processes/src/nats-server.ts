import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { exitOf } from './exit.ts';
import { moveStreams } from './nats-account-store.ts';
import { natsConfig, natsEnvironment } from './nats-config.ts';
import type { NatsConfigOptions } from './nats-config.ts';
import { natsFolder } from './nats-folder.ts';
import type { NatsFolder } from './nats-folder.ts';
import { LINES_MAX, reachableHost, spawnServer, terminator, untilReady } from './server-process.ts';
import type { Server, ServerOptions } from './server-process.ts';
import { checkStoreKey, rememberStoreKey } from './store-key.ts';

export interface NatsServerOptions extends Omit<NatsConfigOptions, 'folder'>, ServerOptions {}

export interface NatsServer extends Server {
  /** Makes it read its certificates again: connections from now on get the new ones. */
  reload(): void;
}

/**
 * Starts a nats-server with JetStream and resolves when it answers clients. Throws PORT_IN_USE with the port, and
 * NATS_UNREACHABLE with its last lines when it ends or hangs before that. Throws INVALID_CONFIG for another key than that of the store.
 */
export const startNatsServer = async (options: NatsServerOptions): Promise<NatsServer> => {
  const folder = natsFolder(options.dataDir);
  prepare(folder, options);
  const logStart = statSync(folder.log, { throwIfNoEntry: false })?.size ?? 0;
  const lines = (): string[] => lastLines(folder, logStart);
  // The server must answer also while the engine is busy.
  const spawning = {
    output: folder.output,
    env: { GOGC, ...process.env, ...natsEnvironment(options) },
    nice: NICE,
    end: { signal: 'SIGTERM', askAfterMs: ASK_AFTER_MS },
  } as const;
  const child = spawnServer(options.binary, ['-c', folder.config], spawning);
  const exited = exitOf(child, lines);
  const pid = child.pid ?? 0;
  const starting = {
    ...options,
    name: 'the nats-server',
    code: 'NATS_UNREACHABLE',
    child,
    exited,
    pollMs: POLL_MS,
  } as const;
  const port = await untilReady(starting, async () => {
    const served = await servedPort(folder.dir, pid);
    refuseUnreadable(freshLog(folder, logStart));
    return served;
  });
  if (options.encryptionKey !== undefined) rememberStoreKey(folder, options.encryptionKey);
  const url = `${options.tls ? 'tls' : 'nats'}://${reachableHost(options.host)}:${port}`;
  const reload = (): void => void child.kill('SIGHUP');
  return { url, port, pid, exited, reload, stop: terminator(child, exited, 'SIGTERM') };
};

const prepare = (folder: NatsFolder, options: NatsServerOptions): void => {
  checkStoreKey(folder, options.encryptionKey);
  mkdirSync(folder.store, { recursive: true });
  moveStreams(folder.store, {
    isClosed: options.access !== undefined,
    isEncrypted: options.encryptionKey !== undefined,
  });
  for (const name of readdirSync(folder.dir)) {
    // Written by a server that was killed; a stale file might carry the process id of the new one.
    if (name.endsWith('.ports')) rmSync(path.join(folder.dir, name), { force: true });
  }
  rmSync(folder.config, { force: true });
  // The configuration may hold a token: readable by the owner only.
  writeFileSync(folder.config, natsConfig({ ...options, folder }), { mode: 0o600 });
};

const NICE = -5;

/** Percent of what is alive by which its heap grows until the next collection. The default of 100 costs 15 MB more with many waiting tasks. */
const GOGC = '50';

/** From the end of our process to the signal that ends the server: its clients end first. Milliseconds. */
const ASK_AFTER_MS = 2_500;

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
  const lines = `${readBytes(folder.output).toString()}\n${freshLog(folder, logStart)}`.split('\n');
  return lines.filter((line) => line.trim() !== '').slice(-LINES_MAX);
};

const freshLog = (folder: NatsFolder, logStart: number): string => {
  const log = readBytes(folder.log);
  // A log that has shrunk was rotated: all of it is new.
  return log.subarray(log.length < logStart ? 0 : logStart).toString();
};

/** A server that cannot decrypt a stream does without the stream. */
const refuseUnreadable = (log: string): void => {
  const line = /^.*(?:Error decrypting|unable to recover keys).*$/m.exec(log)?.[0];
  if (line === undefined) return;
  throw new AppError('JOURNAL_UNAVAILABLE', `the nats-server cannot decrypt its store: ${line}`);
};

const readBytes = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
};
