import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@precedent/client';
import { findNatsServer, findQdrantServer, startNatsServer, startQdrantServer } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';
import { ROOT, SOURCE, environmentOf, startProgram } from '../e2e/programs.ts';
import { readyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

const run = promisify(execFile);
const END = { stopMs: 5_000, forceMs: 2_000 };

interface Backup {
  readonly folder: string;
  readonly bytes: number;
  readonly parts: number;
}

/** Engine, worker and history as processes, a real Qdrant, and what they kept when a backup was made of them. */
describe('a backup', () => {
  let qdrant: TestQdrant;
  let world: World;
  let backup: Backup;
  let done: string;
  let waiting: string;
  /** The task that made the backup. */
  let maker: string;
  const stops: (() => Promise<unknown>)[] = [];

  const settings = (): Record<string, string> => ({
    PRECEDENT_NATS_URL: world.nats.url,
    PRECEDENT_STORAGE_DATA_DIR: path.join(world.folder, 'store'),
  });
  const result = async (type: string, payload: object): Promise<unknown> => {
    const { id } = await world.client.submit({ type, payload: payload as never, retry: { max: 0 } });
    return await world.client.result(id, { timeoutMs: 60_000 });
  };
  /** A backup with the default retries: it is run again when its worker is lost. */
  const backUp = async (keep: number): Promise<Backup> => {
    const payload = { operation: 'backup', keep };
    ({ id: maker } = await world.client.submit({ type: 'system.maintenance', payload }));
    return (await world.client.result(maker, { timeoutMs: 60_000 })) as unknown as Backup;
  };
  const cli = (...words: string[]) =>
    run(process.execPath, [SOURCE, path.join(ROOT, 'apps/cli/src/main.ts'), ...words], {
      cwd: world.folder,
      env: environmentOf('restore', {}) as NodeJS.ProcessEnv,
      timeout: 60_000,
    });

  beforeAll(async () => {
    qdrant = await startQdrant();
    world = await readyWorld({ settings: { PRECEDENT_VECTORIZER_URL: qdrant.url } });
    const history = await startProgram('history', environmentOf('history', settings()), () => undefined);
    stops.push(() => history.stop(END));
    const { id } = await world.client.submit({ command: 'echo kept', name: 'kept' });
    await world.client.wait((done = id));
    await world.client.history.get(done, { waitMs: 10_000 });
    await result('storage.put', { name: 'notes/a', text: 'an object' });
    await qdrantVectorIndex({ url: qdrant.url }).ensure({ name: 'user_docs', dimensions: 4, indexed: {} });
    const payload = { namespace: 'default', at: 1, text: 'blue' };
    const vector = Float32Array.of(1, 0, 0, 0);
    const points = [{ id: '00000000-0000-4000-8000-000000000001', vector, payload }];
    await qdrantVectorIndex({ url: qdrant.url }).upsert('user_docs', points);
    ({ id: waiting } = await world.client.submit({ command: 'echo later', pool: 'none' }));
    backup = await backUp(2);
  }, 60_000);
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    await world[Symbol.asyncDispose]();
    await qdrant[Symbol.asyncDispose]();
  });

  it('has a manifest and the files that it names; old backups are removed, and unfinished ones are invisible', async () => {
    expect(backup.parts).toBe(9);
    const manifest = JSON.parse(readFileSync(path.join(backup.folder, 'manifest.json'), 'utf8')) as {
      parts: { place: string; files: { path: string; bytes: number }[] }[];
    };
    expect(manifest.parts.map(({ place }) => place)).toEqual([
      'history/tasks',
      'vectors/user_docs',
      'streams/tasks',
      'streams/cell',
      'streams/checkpoints',
      'streams/objects',
      'streams/memory',
      'streams/logs',
      'streams/audit',
    ]);
    const bytes = manifest.parts.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBe(backup.bytes);
    expect([await backUp(3), await backUp(3)]).toMatchObject([{ removed: 0 }, { removed: 0 }]);
    const home = path.dirname(backup.folder);
    const before = readdirSync(home).toSorted();
    backup = await backUp(2);
    expect(backup).toMatchObject({ removed: 2 });
    expect(readdirSync(home).toSorted()).toEqual([before.at(-1), path.basename(backup.folder)]);
  });

  it('optimises history and collections while they are used', async () => {
    const { optimised } = (await result('system.maintenance', { operation: 'optimise' })) as {
      optimised: Record<string, object>;
    };
    expect(optimised).toMatchObject({
      'history/tasks': { bytes: expect.any(Number) as number },
      'vectors/user_docs': { status: 'green', points: 1 },
      'streams/cell': { streams: 2 },
    });
  });

  it('is restored into a data folder in which everything continues', async () => {
    const data = path.join(world.folder, 'restored');
    const { stdout } = await cli('restore', backup.folder, '--data', data);
    expect(stdout).toMatch(/^restored \d+ files of .* to .*restored\n/);
    await using stack = new AsyncDisposableStack();
    const { binary } = await findNatsServer({ path: '', env: process.env });
    const own = { host: '127.0.0.1', port: 0, maxPayload: 8 * 1024 * 1024, syncAlways: false };
    const nats = await startNatsServer({ binary, dataDir: data, ...own });
    stack.defer(() => nats.stop());
    const found = await findQdrantServer({ env: process.env });
    const vectors = await startQdrantServer({
      binary: found.binary,
      dataDir: path.join(data, 'vectorizer'),
      apiKey: '',
    });
    stack.defer(() => vectors.stop(0));
    const places = {
      PRECEDENT_NATS_URL: nats.url,
      PRECEDENT_STORAGE_DATA_DIR: data,
      PRECEDENT_WORKER_LEASE: '4s',
      PRECEDENT_WORKER_HEARTBEAT: '500ms',
    };
    const start = async (app: 'engine' | 'history' | 'worker'): Promise<void> => {
      const env = environmentOf(`restored-${app}`, {
        ...places,
        PRECEDENT_VECTORIZER_URL: vectors.url,
        PRECEDENT_WORKER_POOLS: 'default,none',
      });
      const program = await startProgram(app, env, () => undefined);
      stack.defer(() => program.stop({ stopMs: 0, forceMs: 0 }));
    };
    await Promise.all([start('engine'), start('history'), start('worker')]);
    const client = await connect({ servers: nats.url });
    stack.defer(() => client.close());
    // What waited is run now: there is a worker for its pool.
    expect(await client.result(waiting, { timeoutMs: 30_000 })).toMatchObject({ stdout: 'later\n' });
    expect((await client.history.get(done, { waitMs: 10_000 })).task).toMatchObject({
      name: 'kept',
      state: 'completed',
    });
    let log = '';
    for await (const { text } of client.logs(done)) log += text;
    expect(log).toBe('kept\n');
    const { id } = await client.submit({ type: 'storage.get', payload: { name: 'notes/a' } });
    expect(await client.result(id, { timeoutMs: 30_000 })).toMatchObject({ text: 'an object' });
    expect((await client.history.get(id, { waitMs: 10_000 })).task).toMatchObject({ state: 'completed' });
    // The backup ran when it was copied: it is over, and no other one is made.
    expect(await client.result(maker, { timeoutMs: 30_000 })).toEqual({ ...backup, removed: 0 });
    expect(readdirSync(path.join(data, 'backups'))).toEqual([]);
    const index = qdrantVectorIndex({ url: vectors.url });
    expect(await index.count('user_docs', { namespace: 'default' })).toBe(1);
  }, 60_000);

  it('is not restored into a used folder, nor when a file differs from its checksum', async () => {
    const used = path.join(world.folder, 'store');
    await expect(cli('restore', backup.folder, '--data', used)).rejects.toMatchObject({
      code: 65,
      stderr: expect.stringContaining('an empty folder is expected') as string,
    });
    const data = path.join(world.folder, 'damaged');
    await expect(cli('restore', world.folder, '--data', data)).rejects.toMatchObject({
      stderr: expect.stringContaining('has no manifest.json') as string,
    });
    const file = path.join(backup.folder, 'history/tasks/history.db');
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(cli('restore', backup.folder, '--data', data)).rejects.toMatchObject({
      code: 65,
      stderr: expect.stringContaining('history/tasks/history.db has the SHA-256') as string,
    });
    expect(readdirSync(world.folder).filter((name) => name.startsWith('damaged'))).toEqual([]);
  });
});
