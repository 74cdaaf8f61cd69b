import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Child } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const SETTLED = { timeout: 20_000, interval: 50 };

/** A gateway in front of a cell, and requests to it. */
const startFront = async (world: World) => {
  const gateway = await world.startGateway();
  const address = String(gateway.fields['http']);
  const key = readFileSync(path.join(world.folder, 'store/gateway.key'), 'utf8').trim();
  const headers = { authorization: `Bearer ${key}` };
  const send = async (request: string, body?: unknown) => {
    const [method = '', target = ''] = request.split(' ');
    const response = await fetch(`${address}${target.startsWith('/readyz') ? '' : '/api/v1'}${target}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), json };
  };
  return { gateway, address, headers, send };
};

const absent = (code: string, unaffected: readonly string[]) => ({
  status: 503,
  retryAfter: expect.stringMatching(/^\d+$/) as string,
  json: { code, unaffected },
});

describe('a gateway whose parts go away and come back, one after the other', () => {
  let world: World;
  let front: Awaited<ReturnType<typeof startFront>>;
  let engine: Child;
  let id: string;
  beforeAll(async () => {
    world = await emptyWorld();
    engine = await world.startEngine();
    await world.startWorker();
    front = await startFront(world);
    const done = await front.send('POST /tasks?wait=20s', { command: 'true' });
    id = String(done.json['id']);
    expect(done.json).toMatchObject({ state: 'completed' });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('says that the history is away, and what does without it, and serves it once it runs', async () => {
    expect(await front.send('GET /history/tasks')).toMatchObject(
      absent('HISTORY_UNAVAILABLE', ['submit', 'task', 'search', 'access', 'webhooks']),
    );
    expect((await front.send(`GET /tasks/${id}`)).json).toMatchObject({ id, state: 'completed' });
    await world.startHistory();
    await vi.waitFor(async () => {
      expect((await front.send('GET /history/tasks')).json).toMatchObject({ tasks: [{ id }] });
    }, SETTLED);
  });

  it('says that the vectorizer is away', async () => {
    expect(await front.send('POST /search', { text: 'x' })).toMatchObject(
      absent('VECTORS_UNAVAILABLE', ['submit', 'task', 'history', 'access', 'webhooks']),
    );
  });

  it('reads tasks from the history, marked, while the engine is dead, and refuses the rest', async () => {
    await crash(engine);
    const read = await front.send(`GET /tasks/${id}`);
    expect([read.status, read.json]).toMatchObject([200, { id, state: 'completed', source: 'history' }]);
    expect((await front.send('GET /tasks?state=completed')).json).toMatchObject({
      source: 'history',
      tasks: [{ id }],
    });
    for (const request of ['POST /tasks', `POST /tasks/${id}/cancel`])
      expect(await front.send(request, {})).toMatchObject(
        absent('ENGINE_NOT_RUNNING', ['history', 'search', 'webhooks']),
      );
    await world.startEngine();
    await vi.waitFor(async () => {
      const { status, json } = await front.send(`GET /tasks/${id}`);
      expect([status, json['source']]).toEqual([200, undefined]);
    }, SETTLED);
  });

  it('answers at once while NATS is away, and goes on when it is back', async () => {
    await world.nats.kill();
    await vi.waitFor(async () => {
      expect(await front.send(`GET /tasks/${id}`)).toMatchObject(absent('NATS_UNREACHABLE', []));
    }, SETTLED);
    expect((await front.send('GET /readyz')).status).toBe(503);
    await world.nats.restart();
    await vi.waitFor(async () => {
      const { status, json } = await front.send(`GET /tasks/${id}`);
      expect([status, json['source']]).toEqual([200, undefined]);
      expect((await front.send('GET /readyz')).status).toBe(200);
    }, SETTLED);
  });

  it('loses nothing that it has answered when it is killed in the middle of a stream', async () => {
    const lines = async function* (): AsyncGenerator<Uint8Array> {
      for (let n = 0; ; n += 1) {
        yield new TextEncoder().encode(`${JSON.stringify({ type: 'nothing.runs', id: `cut-${n}` })}\n`);
        await new Promise(setImmediate);
      }
    };
    const response = await fetch(`${front.address}/api/v1/tasks`, {
      method: 'POST',
      headers: { ...front.headers, 'content-type': 'application/x-ndjson' },
      body: ReadableStream.from(lines()),
      duplex: 'half',
    } as RequestInit);
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
    })().catch(() => undefined);
    await vi.waitFor(() => expect(text).toContain('"cut-50"'), SETTLED);
    await crash(front.gateway);
    await reading;
    const answered = text
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { id: string });
    expect(answered.length).toBeGreaterThan(50);
    front = await startFront(world);
    for (const { id: one } of [answered[0], answered.at(-1)].filter((each) => each !== undefined))
      expect((await front.send(`GET /tasks/${one}`)).json).toMatchObject({ id: one, state: 'queued' });
  });
});
