import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface TestNatsOptions {
  /** Lines of the server's configuration, such as `max_payload: 65536`. */
  readonly config?: readonly string[];
  /** Lines of its JetStream block, such as `max_file_store: 8388608`. */
  readonly jetstream?: readonly string[];
}

/** A real nats-server with a store of its own. It keeps its port and its store over a restart. */
export interface TestNats extends AsyncDisposable {
  readonly url: string;
  /** The folder of its store. */
  readonly store: string;
  readonly pid: number;
  /** Where its store is. */
  readonly folder: string;
  /** Ends it at once, without a chance to write anything. Resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again after a `kill`; ends it in good order first when it runs. */
  restart(): Promise<void>;
  /** Stops the process without ending it: once this resolves it answers nothing, until `thaw`. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Ends it and removes its store. Safe to call twice. */
  stop(): Promise<void>;
}

const storeIn = (folder: string): string => path.join(folder, 'store');

/**
 * Starts the server of PRECEDENT_TEST_NATS, or the one that the lockfile brings, on a free port, with an fsync before every
 * acknowledgement. Throws with its last lines when it does not get ready.
 */
export const startNats = async (options: TestNatsOptions = {}): Promise<TestNats> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-nats-'));
  let running = await launchIn(folder, 0, options);
  const { port } = running;
  const killAtExit = (): void => void running.child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => end(running.child, signal);
  const stop = async (): Promise<void> => {
    await kill();
    process.off('exit', killAtExit);
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    store: storeIn(folder),
    get pid() {
      return running.child.pid ?? 0;
    },
    folder,
    kill,
    restart: async () => {
      await kill('SIGTERM');
      running = await launchIn(folder, port, options);
    },
    freeze: () => freeze(running.child),
    thaw: () => void running.child.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

const launchIn = async (folder: string, port: number, options: TestNatsOptions): Promise<Running> => {
  const config = path.join(folder, 'nats.conf');
  writeFileSync(config, configText(folder, port, options));
  const child = spawn(binary(), ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    return { child, port: await listening(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
};

const configText = (folder: string, port: number, { config = [], jetstream = [] }: TestNatsOptions): string =>
  [
    // -1: the server looks for a free port itself, so that servers of parallel tests never race for one.
    `listen: "127.0.0.1:${port === 0 ? -1 : port}"`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeIn(folder))}`,
    '  sync_interval: always',
    ...jetstream,
    '}',
    ...config,
  ].join('\n');

const READY_LIMIT_MS = 20_000;
const LINES_MAX = 20;

/** Reads the server's log until it says that it is ready, and the port that it chose. */
const listening = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    const lines: string[] = [];
    let port = 0;
    const fail = (why: string): void => reject(new Error([`nats-server ${why}`, ...lines].join('\n')));
    const limit = setTimeout(() => fail(`was not ready after ${READY_LIMIT_MS} ms`), READY_LIMIT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    if (child.stderr === null) return fail('has no output');
    createInterface(child.stderr).on('line', (line) => {
      if (lines.push(line) > LINES_MAX) lines.shift();
      port = Number(/client connections on .*:(\d+)/.exec(line)?.[1] ?? port);
      if (!line.includes('Server is ready')) return;
      clearTimeout(limit);
      resolve(port);
    });
  });

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  // A frozen process sees nothing but SIGKILL until it goes on.
  child.kill('SIGCONT');
  await ended;
};

/** The signal is delivered at once, but a thread on another processor may run on for a moment. */
const freeze = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGSTOP');
  while (isRunning(child)) await new Promise((resolve) => setImmediate(resolve));
};

/** Whether any thread still runs. Only Linux shows that; elsewhere the signal has to do. */
const isRunning = ({ pid = 0 }: ChildProcess): boolean => {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return false;
  return readdirSync(threads).some(
    (thread) => !/\) [TtZX] /.test(statOf(path.join(threads, thread, 'stat'))),
  );
};

/** The line of a thread that has just ended says that it is dead. */
const statOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ') X ';
  }
};

const binary = (): string => {
  const given = process.env['PRECEDENT_TEST_NATS'];
  if (given !== undefined && given !== '') return given;
  const packaged = fromLockfile();
  return packaged !== undefined && existsSync(packaged) ? packaged : 'nats-server';
};

const fromLockfile = (): string | undefined => {
  const name = `@lagz0ne/nats-embedded-${process.platform}-${process.arch}/package.json`;
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), 'nats-server');
  } catch {
    return undefined;
  }
};
