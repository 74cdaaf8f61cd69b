import { isolated } from '@precedent/client';
import type { Client, WorkerOptions } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const module = new URL('./programs/loops.ts', import.meta.url);
const SOON = { timeoutMs: 30_000 };

let world: World;
beforeAll(async () => {
  const grace = '100ms';
  world = await emptyWorld({
    settings: { PRECEDENT_BANDS_NORMAL_GRACE: grace, PRECEDENT_BANDS_LOW_GRACE: grace },
  });
  await world.startEngine();
});
afterAll(async () => world[Symbol.asyncDispose]());

/** A worker with one slot. */
const withWorker = async (
  handlers: WorkerOptions['handlers'],
  use: (client: Client) => Promise<void>,
): Promise<void> => {
  const client = await world.connect();
  const worker = client.worker({ slots: 1, express: 0, handlers, drainMs: 0 });
  await worker.start();
  try {
    await use(client);
  } finally {
    await worker.stop();
  }
};

/** Submits a task, and resolves when its handler runs. */
const running = async (client: Client, spec: Parameters<Client['submit']>[0]): Promise<string> => {
  const events = client.watch({ type: spec.type ?? '', event: 'progress' });
  const { id } = await client.submit(spec);
  for await (const event of events) if ('id' in event && event.id === id) break;
  return id;
};

describe.each(['thread', 'process'] as const)('a handler that loops for ever in a %s', (kind) => {
  const type = `loop.${kind}`;
  const next = `next.${kind}`;
  const handlers = {
    [type]: isolated({ in: kind, module, export: 'loop' }),
    [next]: () => Promise.resolve('ran'),
  };

  it('is cancelled, and its slot is free', async () => {
    await withWorker(handlers, async (client) => {
      const id = await running(client, { type });
      await client.cancel(id, 'not needed');
      expect(await client.wait(id, SOON)).toMatchObject({ state: 'cancelled' });
      const after = await client.submit({ type: next });
      expect(await client.result(after.id, SOON)).toBe('ran');
    });
  });

  it('times out', async () => {
    await withWorker(handlers, async (client) => {
      const { id } = await client.submit({ type, timeouts: { attempt: '300ms' }, retry: { max: 0 } });
      expect(await client.wait(id, SOON)).toMatchObject({
        state: 'timed_out',
        error: { code: 'ATTEMPT_TIMEOUT', details: { signal: 'SIGKILL', isolation: kind } },
      });
    });
  });

  it('is preempted: a critical task runs in its slot', async () => {
    await withWorker(handlers, async (client) => {
      const preempted = client.watch({ type, event: 'preempted' });
      const low = await running(client, { type, band: 'low' });
      const critical = await client.submit({ type: next, band: 'critical' });
      expect(await client.result(critical.id, SOON)).toBe('ran');
      for await (const event of preempted) if ('id' in event && event.id === low) break;
      await client.cancel(low);
    });
  });
});
