import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Client } from '@precedent/client';
import { connect } from '@precedent/client';
import type { Child } from '@precedent/processes';
import { startNats } from '@precedent/testkit';
import type { TestNats, TestNatsOptions } from '@precedent/testkit';
import type { AppName, Environment } from './programs.ts';
import { environmentOf, startProgram } from './programs.ts';

export interface WorldOptions {
  /** Environment of the engine and the worker, such as `PRECEDENT_EXECUTION_RETRIES`. */
  readonly settings?: Environment;
  readonly nats?: TestNatsOptions;
}

/** A real server, with engines and workers as processes of their own, and a client. */
export interface World extends AsyncDisposable {
  readonly nats: TestNats;
  readonly client: Client;
  /** An empty folder, removed at the end. */
  readonly folder: string;
  startEngine(settings?: Environment): Promise<Child>;
  startWorker(settings?: Environment): Promise<Child>;
  startVectorizer(settings?: Environment): Promise<Child>;
  startHistory(settings?: Environment): Promise<Child>;
  /** On any free ports; its addresses are in its fields. */
  startGateway(settings?: Environment): Promise<Child>;
  /** Another connection, closed at the end. */
  connect(): Promise<Client>;
  /** Resolves when a program writes a line with this text, or has written one that no earlier call got. */
  said(text: string): Promise<void>;
}

/** Short times, so that failures are noticed quickly. */
const QUICK: Environment = {
  PRECEDENT_WORKER_LEASE: '4s',
  PRECEDENT_WORKER_HEARTBEAT: '500ms',
  PRECEDENT_EXECUTION_RETRY_DELAY: '20ms',
};

const ANY_PORTS: Environment = {
  PRECEDENT_GATEWAY_HTTP_PORT: '0',
  PRECEDENT_GATEWAY_MCP_PORT: '0',
  PRECEDENT_GATEWAY_GRPC_PORT: '0',
};

const STOP_LIMITS = { stopMs: 5_000, forceMs: 2_000 };

/** The output of the programs of a world. Each line resolves one call that waits for it. */
class Lines {
  readonly #unread: string[] = [];
  readonly #waiting: { readonly text: string; readonly resolve: () => void }[] = [];

  add(line: string): void {
    const at = this.#waiting.findIndex(({ text }) => line.includes(text));
    if (at < 0) this.#unread.push(line);
    else for (const { resolve } of this.#waiting.splice(at, 1)) resolve();
  }

  next(text: string): Promise<void> {
    const at = this.#unread.findIndex((line) => line.includes(text));
    if (at < 0) return new Promise((resolve) => this.#waiting.push({ text, resolve }));
    this.#unread.splice(at, 1);
    return Promise.resolve();
  }
}

/** A world in which only the server runs. */
export const emptyWorld = async ({
  settings = {},
  nats: options = {},
}: WorldOptions = {}): Promise<World> => {
  const nats = await startNats(options);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-e2e-'));
  const programs: Child[] = [];
  const clients: Client[] = [];
  const lines = new Lines();
  let workers = 0;
  const open = async (): Promise<Client> => {
    const client = await connect({ servers: nats.url });
    clients.push(client);
    return client;
  };
  const start = async (app: AppName, more: Environment): Promise<Child> => {
    const storage = { PRECEDENT_NATS_URL: nats.url, PRECEDENT_STORAGE_DATA_DIR: path.join(folder, 'store') };
    const mark = `e2e-${randomUUID()}`;
    const program = await startProgram(
      app,
      environmentOf(mark, { ...QUICK, ...storage, ...settings, ...more }),
      (line) => lines.add(line),
    );
    programs.push(program);
    return program;
  };
  return {
    nats,
    client: await open(),
    folder,
    startEngine: (more = {}) => start('engine', more),
    startWorker: (more = {}) => start('worker', { PRECEDENT_WORKER_NAME: `worker-${++workers}`, ...more }),
    startVectorizer: (more = {}) => start('vectorizer', more),
    startHistory: (more = {}) => start('history', more),
    startGateway: (more = {}) => start('gateway', { ...ANY_PORTS, ...more }),
    connect: open,
    said: (text) => lines.next(text),
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) await client.close();
      await Promise.all(programs.toReversed().map((program) => program.stop(STOP_LIMITS)));
      await nats.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A world with one engine and one built-in worker. */
export const readyWorld = async (options: WorldOptions = {}): Promise<World> => {
  const world = await emptyWorld(options);
  try {
    await world.startEngine();
    await world.startWorker();
    return world;
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
};
