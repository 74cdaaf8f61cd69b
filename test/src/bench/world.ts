import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { startNatsServer } from '@precedent/processes';
import type { NatsServer } from '@precedent/processes';
import { startEngine } from './engine-process.ts';
import type { EngineProcess } from './engine-process.ts';
import { startProgram } from './program-process.ts';
import type { Program } from './program-process.ts';

/** How one run is made. */
export interface Stage {
  /** The nats-server program. */
  readonly binary: string;
  /** Whether the engine runs as one bundled file, as users run it. */
  readonly bundled: boolean;
  /** Folder for CPU profiles. */
  readonly profile?: string;
  /** Reports progress to the user. */
  readonly say: (text: string) => void;
  /** Rejects when the run is to end early. */
  readonly interrupted: Promise<never>;
}

/** A server with an empty store, and the processes that a benchmark starts with it. */
export interface World {
  readonly url: string;
  readonly natsPid: number;
  engine(): Promise<EngineProcess>;
  /** Starts one of `programs`; its parameter `url` is the address of the server. */
  program<Result>(name: string, params: object, flags?: readonly string[]): Promise<Program<Result>>;
  /** A connection of this process. */
  client(): Promise<Client>;
}

const MAX_PAYLOAD = 8 * 1024 * 1024;
/** Runs `body` in a world of its own: a fresh folder, free ports, an fsync on every write. Nothing of it is left. */
export const withWorld = async <T>(stage: Stage, body: (world: World) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-'));
  const closing: (() => Promise<unknown>)[] = [];
  const removeDir = (): void => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeDir);
  try {
    const nats = await startServer(stage.binary, dir);
    closing.push(() => nats.stop());
    return await Promise.race([body(worldOf({ stage, dir, nats, closing })), stage.interrupted]);
  } finally {
    for (const close of closing.toReversed()) await close().catch(() => undefined);
    process.off('exit', removeDir);
    removeDir();
  }
};

const startServer = async (binary: string, dataDir: string): Promise<NatsServer> => {
  const host = '127.0.0.1';
  const nats = await startNatsServer({
    binary,
    dataDir,
    host,
    port: 0,
    maxPayload: MAX_PAYLOAD,
    syncAlways: true,
  });
  // It is in a process group of its own, so it would outlive us if we crashed.
  const killAtExit = (): void => void process.kill(nats.pid, 'SIGKILL');
  process.once('exit', killAtExit);
  void nats.exited.then(() => process.off('exit', killAtExit));
  return nats;
};

interface Parts {
  readonly stage: Stage;
  readonly dir: string;
  readonly nats: NatsServer;
  readonly closing: (() => Promise<unknown>)[];
}

const worldOf = ({ stage, dir, nats, closing }: Parts): World => {
  const closedAtEnd = <T>(thing: T, close: () => Promise<unknown>): T => {
    closing.push(close);
    return thing;
  };
  return {
    url: nats.url,
    natsPid: nats.pid,
    engine: async () => {
      const dataDir = path.join(dir, 'engine');
      mkdirSync(dataDir, { recursive: true });
      const flags = profileFlags(stage, 'engine');
      const { bundled, say: onLine } = stage;
      const engine = await startEngine({ natsUrl: nats.url, dataDir, flags, bundled, onLine });
      return closedAtEnd(engine, () => engine.stop());
    },
    program: async <Result>(name: string, params: object, flags: readonly string[] = []) => {
      const all = [...flags, ...profileFlags(stage, name)];
      const program = await startProgram<Result>({ name, params: { url: nats.url, ...params }, flags: all });
      return closedAtEnd(program, () => program.kill());
    },
    client: async () => {
      const client = await connect({ servers: nats.url, name: 'bench' });
      return closedAtEnd(client, () => client.close());
    },
  };
};

/** Flags of node that write a CPU profile of the program, if one is requested. */
export const profileFlags = ({ profile }: Stage, name: string): string[] =>
  profile === undefined
    ? []
    : [
        '--cpu-prof',
        `--cpu-prof-dir=${profile}`,
        `--cpu-prof-name=${name}-${process.hrtime.bigint()}.cpuprofile`,
      ];
