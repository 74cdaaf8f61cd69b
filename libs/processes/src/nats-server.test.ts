import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockDataDir } from './data-dir.ts';
import { findNatsServer } from './server-binaries.ts';
import { startNatsServer } from './nats-server.ts';
import type { NatsServer, NatsServerOptions } from './nats-server.ts';
import { processCommandLine, isAlive, identityOf } from './process-identity.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-nats-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const optionsIn = async (dataDir: string): Promise<NatsServerOptions> => ({
  binary: (await findNatsServer({ env: {} })).binary,
  dataDir,
  host: '127.0.0.1',
  port: 0,
  maxPayload: 8_388_608,
  syncAlways: true,
});

const start = async (options: Partial<NatsServerOptions> = {}): Promise<NatsServer> => {
  const server = await startNatsServer({ ...(await optionsIn(newFolder())), ...options });
  onTestFinished(() => server.stop());
  return server;
};

/** What the server greets a client with. */
const infoOf = ({ port }: NatsServer): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(JSON.parse(data.toString().slice('INFO '.length)) as Record<string, unknown>);
    });
  });

const problemFrom = async (failing: Promise<unknown>) => {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error('an AppError was expected', { cause: error });
  return error.toProblem();
};

describe('startNatsServer', () => {
  it('resolves when the server answers, with JetStream and the configured limit, and stops it', async () => {
    const server = await start();
    expect(await infoOf(server)).toMatchObject({
      jetstream: true,
      max_payload: 8_388_608,
      port: server.port,
    });
    expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
    const identity = identityOf(server.pid);
    expect(identity).toBeDefined();
    await server.stop();
    expect(identity && isAlive(identity)).toBe(false);
    await server.stop();
  });

  it('writes its token into a file that only the owner reads', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir, token: 'a"b' });
    expect(await infoOf(server)).toMatchObject({ auth_required: true });
    const file = path.join(dataDir, 'nats', 'nats-server.conf');
    expect(readFileSync(file, 'utf8')).toContain('sync_interval: always');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('starts a program of any name', async () => {
    const renamed = path.join(newFolder(), 'nats-v2');
    symlinkSync((await optionsIn(newFolder())).binary, renamed);
    const server = await start({ binary: renamed });
    expect(await infoOf(server)).toMatchObject({ port: server.port });
  });

  it('refuses a taken port by its number, and leaves no process', async () => {
    const { port } = await start();
    const dataDir = newFolder();
    const problem = await problemFrom(start({ dataDir, port }));
    expect(problem).toMatchObject({ code: 'PORT_IN_USE', message: `port ${port} on 127.0.0.1 is taken` });
    expect(problem.details).toEqual({ host: '127.0.0.1', port });
  });

  it('says with its own words why it did not start', async () => {
    const problem = await problemFrom(start({ host: 'no such host' }));
    expect(problem.code).toBe('NATS_UNREACHABLE');
    expect(problem.message).toMatch(/did not start: exit code 1: .*no such host/);
  });

  it('says so when the program cannot be run at all', async () => {
    const problem = await problemFrom(start({ binary: '/nowhere/nats-server' }));
    expect(problem.code).toBe('NATS_UNREACHABLE');
    expect(problem.message).toMatch(/not found|No such file/);
  });

  it('can be stopped before it is ready, and leaves no process', async () => {
    const dataDir = newFolder();
    const problem = await problemFrom(start({ dataDir, signal: AbortSignal.abort() }));
    expect(problem.code).toBe('CANCELLED');
    const lock = await lockDataDir(dataDir, { version: '1.0.0' });
    expect(lock.orphan).toBeUndefined();
    lock.release();
  });

  it('starts again on a folder whose server was killed', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir });
    process.kill(first.pid, 'SIGKILL');
    const exit = await first.exited;
    expect(exit.signal).toBe('SIGKILL');
    const second = await start({ dataDir });
    expect(await infoOf(second)).toMatchObject({ jetstream: true });
  });

  it('runs in a process group of its own, out of reach of Ctrl-C on the terminal', async () => {
    const { pid } = await start();
    const group = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2];
    expect(group).toBe(String(pid));
  });
});

describe('lockDataDir', () => {
  it('ends an orphaned nats-server of an earlier owner on the folder', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir });
    expect(processCommandLine(server.pid)).toContain(dataDir);
    const lock = await lockDataDir(dataDir, { version: '1.0.0' });
    expect(lock.orphan).toBe(server.pid);
    expect((await server.exited).signal ?? 'ended').not.toBe('SIGKILL');
    lock.release();
  });

  it('leaves a server on another folder alone, even under a pid file that names it', async () => {
    const server = await start();
    const dataDir = newFolder();
    mkdirSync(path.join(dataDir, 'nats'));
    writeFileSync(path.join(dataDir, 'nats', 'nats-server.pid'), String(server.pid));
    const lock = await lockDataDir(dataDir, { version: '1.0.0' });
    expect(lock.orphan).toBeUndefined();
    expect(await infoOf(server)).toMatchObject({ jetstream: true });
    lock.release();
  });
});
