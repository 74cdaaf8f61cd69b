import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A real server of this test file, with its own ports and store. */
export interface TestServer {
  readonly url: string;
  readonly webUrl: string;
  /** Ends the process as a crash would; the store stays. */
  kill(): Promise<void>;
  /** Starts it again, at the same address and with the same store. */
  restart(): Promise<void>;
  /** Ends the process and removes the store. */
  stop(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly webUrl: string;
}

const PACKAGE = '@lagz0ne/nats-embedded-linux-x64/package.json';

/** `settings`: further lines of the server's configuration. */
export const startServer = async (settings = ''): Promise<TestServer> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-client-'));
  let running = await launch(folder, { port: '-1', webPort: '-1', settings });
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => running.child.once('exit', resolve));
    if (running.child.exitCode === null && running.child.kill('SIGKILL')) await ended;
  };
  return {
    url: running.url,
    webUrl: running.webUrl,
    kill,
    restart: async () => {
      const port = new URL(running.url).port;
      running = await launch(folder, { port, webPort: new URL(running.webUrl).port, settings });
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const launch = async (
  folder: string,
  { port, webPort, settings }: { port: string; webPort: string; settings: string },
): Promise<Running> => {
  const config = path.join(folder, 'server.conf');
  const store = JSON.stringify(path.join(folder, 'store'));
  const web = `websocket { listen: "127.0.0.1:${webPort}", no_tls: true }`;
  writeFileSync(
    config,
    `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${store} }\n${web}\n${settings}\n`,
  );
  const child = spawn(binary(), ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const text = await readUntil(child, 'Server is ready');
  return {
    child,
    url: `nats://127.0.0.1:${portIn(text, 'client connections on 127.0.0.1:')}`,
    webUrl: `ws://127.0.0.1:${portIn(text, 'websocket clients on ws://127.0.0.1:')}`,
  };
};

/** The program of the lockfile; on other platforms the one on the PATH. */
const binary = (): string => {
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(PACKAGE)), 'nats-server');
  } catch {
    return 'nats-server';
  }
};

const readUntil = (child: ChildProcess, wanted: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${text}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes(wanted)) resolve(text);
    });
  });

const portIn = (text: string, before: string): string => /^\d+/.exec(text.split(before)[1] ?? '')?.[0] ?? '';
