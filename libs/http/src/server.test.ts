import { once } from 'node:events';
import { connect } from 'node:net';
import { catalogue, AppError } from '@precedent/kernel';
import type { OperationCall } from '@precedent/ports';
import { TEST_KEY as KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HTTP_ROUTES, ROUTED } from './routes.ts';
import { openHttpServer } from './server.ts';

/** A server with services that answer by a function, and the calls that reached them. */
const setup = async (answer: (call: OperationCall) => unknown = () => ({}), stallMs = 60_000) => {
  const { options, calls, faults } = testListener(answer);
  let problem: string | undefined;
  const server = await openHttpServer({
    ...options,
    health: { problem: () => problem },
    events: { events: async function* () {} },
    stallMs,
  });
  onTestFinished(() => server.close());
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${KEY}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${server.url}${path}`, { ...init, method, headers });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: () => JSON.parse(text) as unknown,
    };
  };
  const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { calls, faults, send, json, url: server.url, fails: (reason: string) => (problem = reason) };
};

const caller = { namespace: 'acme', credential: 'k1' };
const TASKS = '/api/v1/tasks';

describe('the routes', () => {
  it('are one for each operation, and no two are the same', () => {
    const places = Object.values(HTTP_ROUTES).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(ROUTED.length);
    expect(places.length).toBe(ROUTED.length);
  });

  it('pass on the fields of path, query and body, in the kinds of the schema, for the caller', async () => {
    const { send, json, calls } = await setup();
    await send('GET', `${TASKS}/t-1`);
    await send('GET', `${TASKS}?state=queued,running&band=low&type=&projects=&limit=5&namespace=beta`);
    await send('POST', `${TASKS}/t-1/cancel`, json({ reason: 'wrong' }));
    await send('DELETE', `${TASKS}/t-1?namespace=acme`);
    await send('GET', `${TASKS}/t-1?namespace=beta`);
    const get = { group: 'task', verb: 'get', request: { id: 't-1' }, caller };
    expect(calls).toMatchObject([
      get,
      {
        verb: 'list',
        request: {
          state: ['queued', 'running'],
          band: ['low'],
          type: '',
          projects: [],
          limit: 5,
          namespace: 'beta',
        },
        caller: { namespace: 'beta', credential: 'k1' },
      },
      { verb: 'cancel', request: { id: 't-1', reason: 'wrong' }, caller },
      { verb: 'delete', request: { id: 't-1', namespace: 'acme' }, caller },
      { verb: 'get', request: { id: 't-1' }, caller: { ...caller, namespace: 'beta' } },
    ]);
    expect(calls[4]?.request).toEqual({ id: 't-1' });
  });

  it('answer a path that there is not with the code of the catalogue', async () => {
    const { send } = await setup();
    const { status, body, headers } = await send('GET', '/api/v1/nothing?x=1');
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect(body()).toMatchObject({ code: 'NO_SUCH_OPERATION', detail: 'there is no GET /api/v1/nothing' });
  });
});

describe('a method that a path does not have', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'QUERY'])('is answered with those that it has: %s', async (method) => {
    const { send } = await setup();
    const { status, headers, body } = await send(method, TASKS);
    expect([status, headers.get('allow')]).toEqual([405, 'POST, GET']);
    expect(body()).toMatchObject({ status: 405, code: 'NO_SUCH_OPERATION' });
    expect((await send(method, `${TASKS}/a/b/c`)).status).toBe(404);
    const named = await send('OPTIONS', `${TASKS}/dry-run`);
    expect([named.status, named.headers.get('allow')]).toEqual([405, 'POST']);
    const stream = await send(method, '/api/v1/live');
    expect([stream.status, stream.headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('a request without a valid key', () => {
  it.each([
    ['none', { authorization: '' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
    ['a wrong key', { authorization: 'Bearer other' }],
  ])('is refused: %s', async (_, headers) => {
    const { send, calls } = await setup();
    const answer = await send('GET', `${TASKS}/t`, { headers });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="precedent"',
    ]);
    expect(answer.body()).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(calls).toEqual([]);
  });

  it('may still learn whether the server is alive and ready, and what it serves', async () => {
    const { url, fails } = await setup();
    const statusOf = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
    for (const path of [
      '/livez',
      '/startupz',
      '/readyz',
      '/api/health',
      '/api/v1/openapi.json',
      '/api/v1/docs',
    ])
      expect([path, await statusOf(path)]).toEqual([path, 200]);
    fails('no connection to NATS');
    expect([await statusOf('/readyz'), await statusOf('/livez')]).toEqual([503, 200]);
  });
});

describe('an error', () => {
  it('has the status, the remedy and the fields of its problem', async () => {
    const issues = [{ field: 'id', message: 'expected an id' }];
    const { send } = await setup(() => {
      throw new AppError('INVALID_REQUEST', 'id: expected an id', { issues });
    });
    const { status, body } = await send('GET', `${TASKS}/x`);
    const { summary: title, remedy } = catalogue.INVALID_REQUEST;
    expect(status).toBe(400);
    expect(body()).toEqual({
      type: 'urn:precedent:error:INVALID_REQUEST',
      title,
      status: 400,
      detail: 'id: expected an id',
      code: 'INVALID_REQUEST',
      retry: 'never',
      remedy,
      issues,
    });
  });

  it('says after how many seconds to try again, rounded up', async () => {
    const { send } = await setup(({ verb }) => {
      if (verb === 'get') throw new AppError('QUEUE_FULL', 'full', { retryAfterMs: 1_001 });
      throw new AppError('ENGINE_NOT_RUNNING', 'away');
    });
    const full = await send('GET', `${TASKS}/x`);
    const away = await send('GET', TASKS);
    expect([full.status, full.headers.get('retry-after')]).toEqual([429, '2']);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('is reported when it is our fault', async () => {
    const { send, faults } = await setup(() => {
      throw new Error('a bug');
    });
    expect((await send('GET', `${TASKS}/x`)).status).toBe(500);
    expect(faults).toMatchObject([{ code: 'INTERNAL', message: 'a bug' }]);
  });

  it.each([
    ['is no JSON', '{', 400, 'the body is not JSON'],
    ['is nested too deeply', '['.repeat(500) + ']'.repeat(500), 400, 'body: nested'],
    ['holds a number that is too exact', '{"payload":12345678901234567890}', 400, 'payload'],
    ['has a key twice', '{"type":"a","payload":{"n":1,"n":2}}', 400, 'payload.n'],
    ['is too large', `"${'x'.repeat(4 * 1024 * 1024)}"`, 413, ''],
  ])('names what is wrong with a body that %s', async (_, body, status, detail) => {
    const { send, json, calls } = await setup();
    const answer = await send('POST', TASKS, json(body));
    expect([answer.status, answer.body()]).toMatchObject([
      status,
      { detail: expect.stringContaining(detail) as string },
    ]);
    expect(calls).toEqual([]);
  });

  it('names the type of a body that is not JSON, as curl sends one', async () => {
    const { send } = await setup();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await send('POST', TASKS, { body: '{"type":"t"}', headers })).body()).toMatchObject({
      code: 'INVALID_REQUEST',
      issues: [
        { field: 'Content-Type', message: expect.stringContaining('got application/x-www') as string },
      ],
    });
  });

  it('is made of a namespace that cannot be part of a subject', async () => {
    const { send, calls } = await setup();
    for (const namespace of ['*', '%3E', 'a.b', 'a%20b'])
      expect((await send('GET', `${TASKS}?namespace=${namespace}`)).body()).toMatchObject({
        code: 'INVALID_REQUEST',
        issues: [{ field: 'namespace' }],
      });
    expect(calls).toEqual([]);
  });
});

describe('a submission', () => {
  const accepted = () => ({ id: 'a/b', seq: 7 });

  it('is answered when it is durable, with the place of the task', async () => {
    const { send, json, calls } = await setup(accepted);
    const { status, headers, body } = await send('POST', `${TASKS}?band=high`, json({ type: 't' }));
    expect([status, headers.get('location')]).toEqual([202, '/api/v1/tasks/a%2Fb']);
    expect(body()).toEqual({ id: 'a/b', seq: 7 });
    expect(calls).toMatchObject([{ group: 'submit', verb: 'high', request: { type: 't' }, caller }]);
  });

  it('has the key of its header, and says that it was accepted before', async () => {
    const { send, json, calls } = await setup(() => ({ ...accepted(), duplicate: true }));
    const key = { 'idempotency-key': 'k' };
    const { headers } = await send('POST', TASKS, json({ type: 't' }, key));
    expect(headers.get('idempotent-replayed')).toBe('true');
    expect(calls).toMatchObject([{ request: { type: 't', idempotencyKey: 'k' } }]);
    const other = await send('POST', TASKS, json({ type: 't', idempotencyKey: 'x' }, key));
    expect(other.body()).toMatchObject({ code: 'INVALID_REQUEST', issues: [{ field: 'idempotencyKey' }] });
    const list = await send('POST', TASKS, json([{ type: 't' }], key));
    expect(list.body()).toMatchObject({ issues: [{ field: 'Idempotency-Key' }] });
  });

  it('may wait for the verdict', async () => {
    const { send, json, calls } = await setup(({ verb }) =>
      verb === 'wait' ? { id: 'a', state: 'completed', settledAt: 1 } : { id: 'a', seq: 1 },
    );
    const { status, body } = await send('POST', `${TASKS}?wait=20s`, json({ type: 't' }));
    expect([status, body()]).toEqual([200, { id: 'a', state: 'completed', settledAt: 1 }]);
    expect(calls[1]).toMatchObject({ verb: 'wait', request: { id: 'a', timeoutMs: 20_000 } });
    for (const wait of ['31s', 'soon', '-1'])
      expect((await send('POST', `${TASKS}?wait=${wait}`, json({ type: 't' }))).body()).toMatchObject({
        issues: [{ field: 'wait' }],
      });
    expect((await send('POST', `${TASKS}?bnad=low`, json({ type: 't' }))).body()).toMatchObject({
      issues: [{ field: 'bnad' }],
    });
  });

  it('of a list has an outcome for each, and 207 when one was refused', async () => {
    const refused = { error: { code: 'INVALID_TASK', message: 'type: missing' } };
    const { send, json } = await setup(({ request }) =>
      (request as { type?: string }[]).map(({ type }) => (type ? { id: type, seq: 1 } : refused)),
    );
    const good = await send('POST', TASKS, json([{ type: 'a' }, { type: 'b' }]));
    const mixed = await send('POST', TASKS, json([{ type: 'a' }, {}]));
    expect([good.status, mixed.status]).toEqual([202, 207]);
    expect(mixed.body()).toEqual([{ id: 'a', seq: 1 }, refused]);
  });
});

describe('a stream of tasks', () => {
  const lines = (...texts: string[]): RequestInit => ({
    body: texts.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const ids = ({ request }: OperationCall) =>
    (request as { type: string }[]).map(({ type }) => ({ id: type, seq: 1 }));
  const results = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  it('has a result for each line, in order, also for one that is no JSON, and none for an empty one', async () => {
    const { send } = await setup(ids);
    const { status, text } = await send('POST', TASKS, lines('{"type":"a"}', 'no', '', '{"type":"b"}'));
    expect(status).toBe(200);
    expect(results(text)).toMatchObject([
      { line: 1, id: 'a' },
      { line: 2, error: { code: 'INVALID_REQUEST' } },
      { line: 4, id: 'b' },
    ]);
  });

  it('is slowed down while the band is full, and nothing of it is refused', async () => {
    let left = 3;
    const full = { error: { code: 'QUEUE_FULL', message: 'full', retryAfterMs: 1 } };
    const { send, calls } = await setup((call) => (left-- > 0 ? ids(call).map(() => full) : ids(call)));
    const { text } = await send('POST', TASKS, lines('{"type":"a"}', '{"type":"b"}', ''));
    expect(results(text)).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    expect(calls.length).toBe(4);
  });

  it('of ten thousand lines is submitted in batches', async () => {
    const { send, calls } = await setup(ids);
    const many = Array.from({ length: 10_000 }, (_, index) => `{"type":"t${index}"}`);
    const { text } = await send('POST', TASKS, lines(...many));
    expect(results(text).length).toBe(10_000);
    expect(results(text).at(-1)).toEqual({ line: 10_000, id: 't9999', seq: 1 });
    expect(calls.every(({ request }) => (request as unknown[]).length <= 500)).toBe(true);
  });

  it('gives every task of a batch the error of the batch', async () => {
    const { send } = await setup(() => {
      throw new AppError('ENGINE_NOT_RUNNING', 'away');
    });
    const { text } = await send('POST', TASKS, lines('{"type":"a"}', '{"type":"b"}'));
    expect(results(text)).toMatchObject([
      { line: 1, error: { code: 'ENGINE_NOT_RUNNING' } },
      { line: 2, error: { code: 'ENGINE_NOT_RUNNING' } },
    ]);
  });

  it('ends with the reason when its client sends nothing more, and what was answered counts', async () => {
    const { url } = await setup(ids, 50);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"type":"a"}\n{"type":')),
    });
    const response = await fetch(`${url}${TASKS}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/x-ndjson' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(results(await response.text())).toMatchObject([
      { line: 1, id: 'a' },
      { error: { code: 'INVALID_REQUEST', message: 'the stream sent nothing for 50 ms, and did not end' } },
    ]);
  });

  it('ends with the reason at a line that is too long', async () => {
    const { send } = await setup(ids);
    const { text } = await send('POST', TASKS, lines('{"type":"a"}', `"${'x'.repeat(600_000)}"`));
    expect(results(text).at(-1)).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
  });
});

describe('a client that never sends its whole body', () => {
  it('is disconnected', async () => {
    const { url } = await setup(() => ({}), 50);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const head = [`POST ${TASKS} HTTP/1.1`, 'host: localhost', `authorization: Bearer ${KEY}`];
    socket.write([...head, 'content-type: application/json', 'content-length: 9', '', '{'].join('\r\n'));
    await once(socket, 'close');
  });
});
