import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import type { Child } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const PYTHON = process.env['PRECEDENT_TEST_PYTHON'] ?? 'python3';
const WORKER = path.resolve('examples/python-worker/worker.py');
const CHECK = path.resolve('test/src/e2e/programs/cloudevents_check.py');

const imports = (names: string): boolean =>
  spawnSync(PYTHON, ['-c', `import ${names}`], { stdio: 'ignore' }).status === 0;

/** A Python program, with its lines; killed at the end. */
const startPython = (args: readonly string[], env: Record<string, string> = {}) => {
  const child: ChildProcess = spawn(PYTHON, ['-u', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    line: async (): Promise<string> => String((await lines.next()).value),
    stop: async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
      child.kill(signal);
      await ended;
    },
  };
};

describe.skipIf(!imports('nats'))(
  'a worker in Python that knows docs/worker-protocol.md alone (skipped without python3 and nats-py)',
  () => {
    let world: World;
    let worker: ReturnType<typeof startPython>;
    let engine: Child;
    beforeAll(async () => {
      world = await emptyWorld();
      engine = await world.startEngine();
      worker = startPython([WORKER, world.nats.url]);
      expect(await worker.line()).toBe('ready');
    });
    afterAll(async () => {
      await worker?.stop('SIGKILL');
      await world?.[Symbol.asyncDispose]();
    });

    it('is listed, runs a task, reports its progress and its log, and returns its result', async () => {
      expect(await world.client.workers()).toMatchObject([
        { id: 'python-1', types: ['poster.print'], slots: 2, state: 'ready' },
      ]);
      const { id } = await world.client.submit({ type: 'poster.print', payload: { pages: 3, pageMs: 20 } });
      expect(await world.client.result(id)).toEqual({ pages: 3, printed: 3, segments: 0 });
      expect(await world.client.get(id)).toMatchObject({ state: 'completed', worker: 'python-1' });
    });

    it('reports an exception of its handler, with which the task fails', async () => {
      const { id } = await world.client.submit({ type: 'poster.print', payload: {}, retry: { max: 0 } });
      expect(await world.client.wait(id)).toMatchObject({
        state: 'failed',
        error: { code: 'HANDLER_FAILED', message: "'pages'" },
      });
    });

    it('yields its slot to urgent work at a checkpoint, and resumes from it', async () => {
      const slow = { type: 'poster.print', payload: { pages: 40, pageMs: 100 }, band: 'low' } as const;
      const ids = await Promise.all([world.client.submit(slow), world.client.submit(slow)]);
      await expect
        .poll(async () => (await world.client.status()).bands.low.running, { timeout: 20_000 })
        .toBe(2);
      await expect
        .poll(async () => (await world.client.get(ids[0].id)).checkpoint?.seq ?? 0, { timeout: 20_000 })
        .toBeGreaterThan(2);
      const urgent = await world.client.submit({
        type: 'poster.print',
        payload: { pages: 1, pageMs: 10 },
        band: 'critical',
      });
      expect(await world.client.result(urgent.id)).toEqual({ pages: 1, printed: 1, segments: 0 });
      const results = await Promise.all(ids.map(({ id }) => world.client.result(id)));
      const resumed = results.filter((result) => (result as { segments: number }).segments > 0);
      expect(resumed).toHaveLength(1);
      expect((resumed[0] as { printed: number }).printed).toBeLessThan(40);
    });

    it('stops the code of a task that is cancelled', async () => {
      const { id } = await world.client.submit({
        type: 'poster.print',
        payload: { pages: 1_000, pageMs: 20 },
      });
      await expect.poll(async () => (await world.client.get(id)).state, { timeout: 20_000 }).toBe('running');
      await world.client.cancel(id);
      expect(await world.client.wait(id)).toMatchObject({ state: 'cancelled' });
    });

    it('sends its hello to a restarted engine, and its task is completed', async () => {
      const { id } = await world.client.submit({ type: 'poster.print', payload: { pages: 60, pageMs: 100 } });
      await expect.poll(async () => (await world.client.get(id)).state, { timeout: 20_000 }).toBe('running');
      await engine.stop({ stopMs: 5_000, forceMs: 2_000 });
      await world.startEngine();
      expect(await world.client.result(id)).toMatchObject({ pages: 60 });
      expect(await world.client.workers()).toMatchObject([{ id: 'python-1', state: 'ready' }]);
    });

    it('says goodbye when it is terminated, and is no longer listed', async () => {
      await worker.stop();
      await expect.poll(async () => await world.client.workers(), { timeout: 20_000 }).toEqual([]);
    });
  },
);

describe.skipIf(!imports('nats, cloudevents.core.bindings.http'))(
  'the live feed, read with the CloudEvents SDK for Python (skipped without python3, nats-py and cloudevents)',
  () => {
    it('is CloudEvents 1.0 in binary mode', async () => {
      await using world = await emptyWorld();
      await world.startEngine();
      await world.startWorker();
      const reader = startPython([CHECK, world.nats.url, 'precedent.v1.events.>', '3']);
      expect(await reader.line()).toBe('ready');
      const { id } = await world.client.submit({ command: 'true' });
      const events = [await reader.line(), await reader.line(), await reader.line()].map(
        (line) => JSON.parse(line) as Record<string, unknown>,
      );
      expect(events.map(({ type }) => type)).toEqual([
        'precedent.task.queued.v1',
        'precedent.task.started.v1',
        'precedent.task.completed.v1',
      ]);
      for (const event of events)
        expect(event).toMatchObject({
          specversion: '1.0',
          source: '/precedent.v1/main',
          subject: id,
          datacontenttype: 'application/json',
          data: { id },
        });
      expect(new Set(events.map((event) => event['id'])).size).toBe(3);
      await reader.stop();
    });
  },
);
