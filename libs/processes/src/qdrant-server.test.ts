import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processCommandLine, isAlive, identityOf } from './process-identity.ts';
import { findQdrantServer } from './server-binaries.ts';
import { endOrphanedQdrant } from './qdrant-folder.ts';
import { startQdrantServer } from './qdrant-server.ts';
import type { QdrantServer, QdrantServerOptions } from './qdrant-server.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-qdrant-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const start = async (options: Partial<QdrantServerOptions> = {}): Promise<QdrantServer> => {
  const { binary } = await findQdrantServer({ env: {} });
  const server = await startQdrantServer({ binary, dataDir: newFolder(), apiKey: '', ...options });
  onTestFinished(() => server.stop(0));
  return server;
};

const get = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers: { connection: 'close', ...headers } });

const problemFrom = async (failing: Promise<unknown>) => {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error('an AppError was expected', { cause: error });
  return error.toProblem();
};

/** A port that somebody has. */
const takenPort = async (): Promise<number> => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  return (other.address() as AddressInfo).port;
};

describe('startQdrantServer', () => {
  it('resolves when the server answers on this machine only, keeps to its folder, and stops it', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir });
    expect(await (await get(`${server.url}/`)).json()).toMatchObject({ version: '1.16.3' });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.grpcPort).toBeUndefined();
    const identity = identityOf(server.pid);
    await server.stop();
    expect(identity && isAlive(identity)).toBe(false);
    expect(await server.exited).toEqual({ code: 0, signal: null, lines: [] });
    await server.stop();
    expect(existsSync(path.join(dataDir, 'qdrant', 'storage'))).toBe(true);
  });

  it('sends nothing to its makers', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir });
    expect(processCommandLine(server.pid)).toMatch(/ --disable-telemetry$/);
    const config: unknown = JSON.parse(readFileSync(path.join(dataDir, 'qdrant', 'qdrant.yaml'), 'utf8'));
    expect(config).toMatchObject({ telemetry_disabled: true, service: { host: '127.0.0.1' } });
  });

  it('wants the key of everybody, and writes it into a file that only the owner reads', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir, apiKey: 'a"b' });
    expect((await get(`${server.url}/collections`)).status).toBe(401);
    expect((await get(`${server.url}/collections`, { 'api-key': 'a"b' })).status).toBe(200);
    expect(statSync(path.join(dataDir, 'qdrant', 'qdrant.yaml')).mode & 0o777).toBe(0o600);
  });

  it('lets no web page of another origin read or delete', async () => {
    const server = await start();
    const origin = { origin: 'http://example.org', 'access-control-request-method': 'DELETE' };
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await fetch(`${server.url}/collections`, {
        method,
        headers: { connection: 'close', ...origin },
      });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('speaks gRPC where a port for it is given', async () => {
    const server = await start({ grpcPort: 0 });
    expect(server.grpcPort).toBeGreaterThan(0);
    expect(server.grpcPort).not.toBe(server.port);
  });

  it('refuses a taken port by its number, and leaves no process', async () => {
    const dataDir = newFolder();
    const port = await takenPort();
    const problem = await problemFrom(start({ dataDir, httpPort: port }));
    expect(problem).toEqual({
      code: 'PORT_IN_USE',
      message: `port ${port} on 127.0.0.1 is taken`,
      details: { host: '127.0.0.1', port },
    });
    expect((await problemFrom(start({ dataDir, grpcPort: port }))).code).toBe('PORT_IN_USE');
    expect(await endOrphanedQdrant(dataDir)).toBeUndefined();
  });

  it('says with its own words why it did not start', async () => {
    const dataDir = newFolder();
    mkdirSync(path.join(dataDir, 'qdrant'));
    writeFileSync(path.join(dataDir, 'qdrant', 'storage'), 'not a folder');
    const problem = await problemFrom(start({ dataDir }));
    expect(problem.code).toBe('VECTORS_UNAVAILABLE');
    expect(problem.message).toMatch(
      /did not start: exit code 1: Error: failed to create directory .*storage/,
    );
  });

  it('says so when the program cannot be run at all, or the host is none of ours', async () => {
    expect(await problemFrom(start({ binary: '/nowhere/qdrant' }))).toMatchObject({
      code: 'VECTORS_UNAVAILABLE',
      message: expect.stringMatching(/not found|No such file/) as string,
    });
    expect((await problemFrom(start({ host: '203.0.113.7' }))).message).toMatch(
      /cannot listen on 203.0.113.7/,
    );
  });

  it('says so when its folder cannot be written', async () => {
    const dataDir = newFolder();
    writeFileSync(path.join(dataDir, 'qdrant'), 'not a folder');
    expect(await problemFrom(start({ dataDir }))).toMatchObject({
      code: 'VECTORS_UNAVAILABLE',
      message: expect.stringContaining(`the folder ${dataDir}/qdrant cannot be used`) as string,
    });
  });

  it('can be stopped before it is ready, and leaves no process', async () => {
    const dataDir = newFolder();
    const problem = await problemFrom(start({ dataDir, signal: AbortSignal.abort() }));
    expect(problem.code).toBe('CANCELLED');
    expect(await endOrphanedQdrant(dataDir)).toBeUndefined();
  });

  it('is not led astray by variables of the environment', async () => {
    process.env['QDRANT__SERVICE__HTTP_PORT'] = '1';
    onTestFinished(() => void delete process.env['QDRANT__SERVICE__HTTP_PORT']);
    const server = await start();
    expect((await get(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe('an orphaned Qdrant', () => {
  it('is ended by the next start on its folder', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir });
    const second = await start({ dataDir });
    expect(second.orphan).toBe(first.pid);
    expect((await first.exited).code).toBe(0);
    expect(second.pid).not.toBe(first.pid);
  });

  it('is left alone on another folder, even under a pid file that names it', async () => {
    const server = await start();
    const dataDir = newFolder();
    mkdirSync(path.join(dataDir, 'qdrant'));
    writeFileSync(path.join(dataDir, 'qdrant', 'qdrant.pid'), String(server.pid));
    expect(await endOrphanedQdrant(dataDir)).toBeUndefined();
    expect((await get(`${server.url}/readyz`)).status).toBe(200);
  });

  it('was killed: the next one starts on its folder, and its log is kept', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir });
    process.kill(first.pid, 'SIGKILL');
    expect((await first.exited).signal).toBe('SIGKILL');
    const second = await start({ dataDir });
    expect(second.orphan).toBeUndefined();
    expect(readFileSync(path.join(dataDir, 'qdrant', 'qdrant.log.1'), 'utf8')).toContain('Version: 1.16.3');
  });
});
