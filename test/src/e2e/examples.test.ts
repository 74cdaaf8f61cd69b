import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findNatsServer, startNatsServer } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ROOT, SOURCE, environmentOf } from './programs.ts';
import { readyWorld } from './world.ts';
import type { World } from './world.ts';

const run = promisify(execFile);
const FOLDER = path.join(ROOT, 'examples');
const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));

describe('the examples', () => {
  let world: World;
  beforeAll(async () => {
    world = await readyWorld();
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  it('are those in the documentation', () => {
    expect(EXAMPLES.toSorted()).toEqual([
      'bulk.ts',
      'dependencies.ts',
      'documents.ts',
      'idempotent.ts',
      'isolated.ts',
      'limits.ts',
      'objects.ts',
      'raw-nats-drop.ts',
      'schedules.ts',
      'submit-and-wait.ts',
      'watch-events.ts',
      'worker.ts',
      'workflows.ts',
    ]);
  });

  /** Rejects with what it wrote when it ends with another code than 0. */
  const example = (name: string, url: string) =>
    run(process.execPath, [SOURCE, path.join(FOLDER, name)], {
      env: environmentOf('examples', { NATS_URL: url }),
      timeout: 30_000,
    });

  it.each(EXAMPLES)('%s passes its own assertions', async (name) => {
    await example(name, world.nats.url);
  });

  it('fail when an assertion does not hold', async () => {
    await expect(example('submit-and-wait.ts', 'nats://127.0.0.1:1')).rejects.toMatchObject({ code: 1 });
  });

  it('fail when they drop a task on a server that no engine has prepared', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-bare-'));
    const { binary } = await findNatsServer({ env: process.env });
    const server = await startNatsServer({
      binary,
      dataDir: folder,
      host: '127.0.0.1',
      port: 0,
      maxPayload: 1_048_576,
      syncAlways: false,
    });
    onTestFinished(async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    await expect(example('raw-nats-drop.ts', server.url)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no responders') as string,
    });
  });

  it('drop a task that runs with only a NATS client', async () => {
    const id = async (): Promise<string[]> =>
      (await world.client.list({ state: ['completed'], limit: 1_000 })).tasks
        .filter(({ result }) => (result as { stdout?: string } | undefined)?.stdout === 'hello\n')
        .map((task) => task.id);
    const before = await vi.waitFor(async () => {
      const found = await id();
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    await example('raw-nats-drop.ts', world.nats.url);
    await vi.waitFor(async () => expect((await id()).length).toBe(before.length + 1), { timeout: 10_000 });
  });
});
