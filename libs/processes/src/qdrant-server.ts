import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AppError, isAppError, messageOf } from '@precedent/kernel';
import { exitOf } from './exit.ts';
import { hasCode, readText } from './files.ts';
import { qdrantConfig } from './qdrant-config.ts';
import { endOrphanedQdrant, prepareQdrantFolder, qdrantFolder } from './qdrant-folder.ts';
import type { QdrantFolder } from './qdrant-folder.ts';
import {
  LINES_MAX,
  portTaken,
  reachableHost,
  spawnServer,
  terminator,
  untilReady,
} from './server-process.ts';
import type { Server, ServerOptions } from './server-process.ts';

export interface QdrantServerOptions extends ServerOptions {
  /** `127.0.0.1` by default: this machine only. */
  readonly host?: string;
  /** 0, the default: any free one. */
  readonly httpPort?: number;
  /** 0: any free one. Left out: no gRPC. */
  readonly grpcPort?: number;
  /** The key that every request must carry: see `qdrantApiKey`. Empty: every process that reaches the port may read and write. */
  readonly apiKey: string;
}

export interface QdrantServer extends Server {
  readonly grpcPort?: number;
  /** The process id of an orphaned Qdrant of an earlier run on the folder, which was ended. */
  readonly orphan?: number;
}

/** Another process may take a free port before the server does. */
const TRIES = 3;

/**
 * Starts a qdrant and resolves when it is ready for requests, after ending an orphaned one on the folder. Throws
 * PORT_IN_USE with the port, and VECTORS_UNAVAILABLE with its last lines when it ends or hangs before that.
 */
export const startQdrantServer = async (options: QdrantServerOptions): Promise<QdrantServer> => {
  const orphan = await endOrphanedQdrant(options.dataDir);
  const isFree = (options.httpPort ?? 0) === 0;
  for (let tries = 1; ; tries++) {
    try {
      return { ...(await startOnce(options)), ...(orphan !== undefined && { orphan }) };
    } catch (error) {
      if (!isFree || tries === TRIES || !isAppError(error) || error.code !== 'PORT_IN_USE') throw error;
    }
  }
};

const startOnce = async (options: QdrantServerOptions): Promise<QdrantServer> => {
  const { host = '127.0.0.1', apiKey } = options;
  const port = await usablePort(host, options.httpPort ?? 0);
  const grpcPort = options.grpcPort === undefined ? undefined : await usablePort(host, options.grpcPort);
  const ports = { httpPort: port, ...(grpcPort !== undefined && { grpcPort }) };
  const folder = qdrantFolder(options.dataDir);
  const config = qdrantConfig({ folder, host, ...ports, apiKey });
  const child = inFolder(folder, () => {
    prepareQdrantFolder(folder, config);
    return spawnQdrant(options.binary, folder);
  });
  const exited = exitOf(child, () => lastLines(folder));
  const url = `http://${reachableHost(host)}:${port}`;
  const starting = {
    ...options,
    name: 'qdrant',
    code: 'VECTORS_UNAVAILABLE',
    child,
    exited,
    host,
    port,
  } as const;
  await untilReady({ ...starting, pollMs: POLL_MS }, () => isReady(url));
  // At SIGTERM it waits for connections that clients keep open for their next request: 4 seconds, as a rule.
  const stop = terminator(child, exited, 'SIGINT');
  return { url, port, ...(grpcPort !== undefined && { grpcPort }), pid: child.pid ?? 0, exited, stop };
};

/** Reports a folder that cannot be written, for instance on a full disk. */
const inFolder = <T>(folder: QdrantFolder, step: () => T): T => {
  try {
    return step();
  } catch (error) {
    const full = hasCode(error, ['ENOSPC']) ? 'the disk is full: ' : '';
    const why = messageOf(error);
    throw new AppError('VECTORS_UNAVAILABLE', `the folder ${folder.dir} cannot be used: ${full}${why}`, {
      cause: error,
    });
  }
};

/** The port itself when it is free, or any free one for 0. Checked before the start: another Qdrant on the port would look like ours. */
const usablePort = async (host: string, port: number): Promise<number> => {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (hasCode(error, ['EADDRINUSE'])) throw portTaken(host, port);
    const why = messageOf(error);
    throw new AppError('VECTORS_UNAVAILABLE', `qdrant cannot listen on ${host}:${port}: ${why}`, {
      cause: error,
    });
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
};

/** From the end of our process to the signal that ends the server: its clients end first. Milliseconds. */
const ASK_AFTER_MS = 1_500;
/** Indexing yields to tasks. */
const NICE = 10;

const spawnQdrant = (binary: string, folder: QdrantFolder): ChildProcess => {
  const child = spawnServer(binary, ['--config-path', folder.config, '--disable-telemetry'], {
    cwd: folder.dir,
    env: environment(),
    output: folder.log,
    nice: NICE,
    end: { signal: 'SIGINT', askAfterMs: ASK_AFTER_MS },
  });
  if (child.pid !== undefined) writeFileSync(folder.pid, String(child.pid));
  return child;
};

/** Variables of its own would win over the configuration file. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('QDRANT_')));

const POLL_MS = 20;
const ANSWER_LIMIT_MS = 1_000;

const isReady = async (url: string): Promise<true | undefined> => {
  try {
    // Qdrant waits seconds for connections that are kept open before it stops.
    const headers = { connection: 'close' };
    const answer = await fetch(`${url}/readyz`, { headers, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await answer.arrayBuffer();
    return answer.ok || undefined;
  } catch {
    return undefined;
  }
};

/** Lines that every start prints: the banner, warnings about optional files, and the stack of a crash. */
const CHATTER =
  /^[^a-z0-9]*$|^Version: |^Access web UI|Config file not found: config\/|^Stack backtrace:|^ +(\d+:|at) /i;

const lastLines = (folder: QdrantFolder): string[] => {
  const lines = (readText(folder.log) ?? '').split('\n');
  return lines.filter((line) => !CHATTER.test(line)).slice(-LINES_MAX);
};
