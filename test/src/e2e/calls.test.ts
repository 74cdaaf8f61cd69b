import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Handler, JobContext } from '@precedent/client';
import { Probe } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyWorld } from './world.ts';
import type { World } from './world.ts';

/** An endpoint that answers with the statuses of the path, one call after the other: `/503/503/200`. */
const endpoint = async (): Promise<{ url: string; server: Server; seen: string[] }> => {
  const seen: string[] = [];
  const calls = new Map<string, number>();
  const server = createServer((request: IncomingMessage, response) => {
    const target = request.url ?? '';
    const statuses = target.slice(1).split('/').map(Number);
    const call = calls.get(target) ?? 0;
    calls.set(target, call + 1);
    seen.push(`${request.method} ${target}`);
    response.writeHead(statuses[Math.min(call, statuses.length - 1)] ?? 200, {
      'content-type': 'text/plain',
    });
    response.end('the answer');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, seen };
};

describe('http calls and handlers of users', () => {
  let world: World;
  let web: Awaited<ReturnType<typeof endpoint>>;
  beforeAll(async () => {
    [world, web] = await Promise.all([readyWorld(), endpoint()]);
  });
  afterAll(async () => {
    web.server.close();
    await world[Symbol.asyncDispose]();
  });

  it('makes an http call and stores the answer', async () => {
    const { id } = await world.client.submit({ type: 'http', payload: { url: `${web.url}/200` } });
    expect(await world.client.result(id)).toMatchObject({ status: 200, body: 'the answer' });
  });

  it('calls again while the endpoint is not available', async () => {
    const { id } = await world.client.submit({
      type: 'http',
      payload: { url: `${web.url}/503/503/200` },
      retry: { max: 3, delay: 10 },
    });
    const view = await world.client.wait(id);
    expect(view).toMatchObject({ state: 'completed', attempt: 3, retries: 2, result: { status: 200 } });
    expect(web.seen.filter((call) => call === 'GET /503/503/200')).toHaveLength(3);
  });

  it('fails at once with a status that a retry cannot change', async () => {
    const { id } = await world.client.submit({
      type: 'http',
      payload: { url: `${web.url}/404` },
      retry: { max: 3, delay: 10 },
    });
    expect(await world.client.wait(id)).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { code: 'HTTP_FAILED' },
    });
  });

  const withHandler = async (type: string, handler: Handler) => {
    const worker = world.client.worker({ handlers: { [type]: handler }, slots: 2 });
    await worker.start();
    return { [Symbol.asyncDispose]: () => worker.stop({ forceMs: 0 }) };
  };

  it('runs a handler with the task’s payload, its progress and its result', async () => {
    const progress = world.client.watch({ type: 'e2e.sum', event: 'progress' });
    await using _ = await withHandler('e2e.sum', (job, { progress: tell }) => {
      const { numbers } = job.task.payload as { numbers: number[] };
      tell(0.5, 'half way');
      return Promise.resolve(numbers.reduce((sum, n) => sum + n, 0));
    });
    const { id } = await world.client.submit({ type: 'e2e.sum', payload: { numbers: [1, 2, 39] } });
    expect(await world.client.result(id)).toBe(42);
    for await (const event of progress) {
      expect(event).toMatchObject({ id, event: 'progress', fraction: 0.5, message: 'half way' });
      break;
    }
  });

  it('waits, with a reason, for a worker that accepts the type', async () => {
    const { id } = await world.client.submit({ type: 'e2e.later' });
    expect(await world.client.get(id)).toMatchObject({
      state: 'queued',
      waiting: { reason: 'no_worker', detail: expect.stringContaining('e2e.later') },
    });
    await using _ = await withHandler('e2e.later', () => Promise.resolve('at last'));
    expect(await world.client.result(id)).toBe('at last');
  });

  it('times a task out whose type no worker accepts in time', async () => {
    const { id } = await world.client.submit({ type: 'e2e.never', timeouts: { queue: 200 } });
    expect(await world.client.wait(id)).toMatchObject({
      state: 'timed_out',
      attempt: 0,
      error: { code: 'QUEUE_TIMEOUT' },
    });
  });

  it('expires a task that could not start before its time', async () => {
    const { id } = await world.client.submit({ type: 'e2e.never', expiresAt: Date.now() + 300 });
    expect(await world.client.wait(id)).toMatchObject({ state: 'timed_out', error: { code: 'EXPIRED' } });
  });

  it('stops a handler that sends no heartbeat', async () => {
    const stopped = new Probe<unknown>();
    await using _ = await withHandler('e2e.silent', (_job, { signal }: JobContext) => {
      const ended = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          stopped.hit(signal.reason);
          resolve();
        });
      });
      return ended.then(() => Promise.reject(new Error('stopped')));
    });
    const reason = stopped.next();
    const { id } = await world.client.submit({
      type: 'e2e.silent',
      timeouts: { heartbeat: 200 },
      retry: { max: 0 },
    });
    expect(await reason).toMatchObject({ reason: 'timeout' });
    expect(await world.client.wait(id)).toMatchObject({
      state: 'timed_out',
      error: { code: 'HEARTBEAT_TIMEOUT' },
    });
  });

  it('starts urgent tasks before earlier ones', async () => {
    const started: string[] = [];
    const begin = new Probe();
    const gate = Promise.withResolvers<void>();
    begin.arm();
    await using _ = await withHandler('e2e.order', async (job) => {
      if (job.task.name === 'first') {
        begin.hit();
        await gate.promise;
      } else started.push(`${job.task.name}`);
    });
    const first = { type: 'e2e.order', name: 'first' };
    await world.client.submitMany([first, first]);
    await begin.next();
    await begin.next();
    const ids: string[] = [];
    for (const band of ['low', 'normal', 'high', 'critical'] as const) {
      ids.push((await world.client.submit({ type: 'e2e.order', name: band, band })).id);
    }
    gate.resolve();
    for (const id of ids) await world.client.wait(id);
    // Two slots: each pair may change places within itself only.
    expect(started.slice(0, 2).toSorted()).toEqual(['critical', 'high']);
    expect(started.slice(2).toSorted()).toEqual(['low', 'normal']);
  });
});
