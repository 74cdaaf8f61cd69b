import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyWorld } from '../e2e/world.ts';
import type { World } from '../e2e/world.ts';

const MIB = 1024 * 1024;

const filled = (piece: string, length: number): string =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Documents that take a program for ever that is not careful. */
const FILES: Readonly<Record<string, string>> = {
  'open.csv': `a,b\n1,"never closed\n${filled('2,x\n', 5 * MIB)}`,
  'deep.json': `${'['.repeat(MIB)}${']'.repeat(MIB)}`,
  'huge.json': `[${filled('[1,[2,{"a":[3]}]],', 5 * MIB - 18)}0]`,
  'line.txt': filled('x', 5 * MIB),
  'tags.html': filled('<p>a', 5 * MIB),
};

/** The built-in worker, which loses its lease when it sends nothing for three seconds. */
describe('the built-in worker with expensive input', () => {
  let world: World;
  let session: string;
  beforeAll(async () => {
    world = await readyWorld({
      settings: { PRECEDENT_WORKER_LEASE: '3s', PRECEDENT_WORKER_HEARTBEAT: '500ms' },
    });
    const files = path.join(world.folder, 'files');
    mkdirSync(files);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(files, name), text);
    await world.startWorker({ PRECEDENT_WORKER_ROOTS: files, PRECEDENT_WORKER_POOLS: 'texts' });
    session = await sessionOfTexts();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const sessionOfTexts = async (): Promise<string> => {
    const workers = await world.client.workers();
    const [one] = workers.filter(({ pools }) => pools.includes('texts'));
    return one?.session ?? 'none';
  };

  it.each(Object.keys(FILES))(
    'splits or refuses %s in its first attempt, and keeps its lease',
    async (name) => {
      const payload = { operation: 'split', path: name };
      const { id } = await world.client.submit({
        type: 'text.process',
        payload,
        pool: 'texts',
        retry: { max: 0 },
      });
      const view = await world.client.wait(id, { timeoutMs: 60_000 });
      expect(view).toMatchObject({ state: 'failed', attempt: 1 });
      expect(['INVALID_TASK', 'RESULT_TOO_LARGE']).toContain(view.error?.code);
      expect(await sessionOfTexts()).toBe(session);
    },
  );

  it('ends an endless task at its attempt timeout, and runs other tasks meanwhile', async () => {
    const payload = { operation: 'extract', text: 'a'.repeat(60), pattern: '(a+)+b', timeoutMs: 10_000 };
    const { id } = await world.client.submit({
      type: 'text.process',
      payload,
      pool: 'texts',
      retry: { max: 0 },
      timeouts: { attempt: '8s' },
    });
    const meanwhile = await world.client.submit({ command: 'echo here', pool: 'texts', band: 'critical' });
    await world.client.result(meanwhile.id, { timeoutMs: 30_000 });
    expect(await world.client.get(id)).not.toMatchObject({ state: 'timed_out' });
    expect(await world.client.wait(id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'timed_out',
      attempt: 1,
    });
    expect(await sessionOfTexts()).toBe(session);
  });
});
