import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { OperationCall } from '@precedent/ports';
import { TEST_KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHttpServer } from './server.ts';
import type { HttpServerOptions } from './server.ts';

type Answer = (call: OperationCall) => unknown;

interface World extends Partial<HttpServerOptions> {
  readonly answer?: Answer;
}

/** A server, and clients that send it any bytes. */
const setup = async ({ answer = () => ({ ok: true }), ...changes }: World = {}) => {
  const { options, calls, faults } = testListener(answer);
  const server = await openHttpServer({
    ...options,
    events: { events: async function* () {} },
    health: { problem: () => undefined },
    ...changes,
  });
  onTestFinished(() => server.close());
  const { port } = new URL(server.url);
  const open = (): Socket => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  /** All that the server sends until it closes the connection. */
  const exchange = async (bytes: string | Buffer): Promise<string> => {
    const socket = open();
    socket.once('end', () => socket.end());
    socket.write(bytes);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    // Also by a reset, which is no answer.
    await new Promise((resolve) => socket.once('close', resolve));
    return chunks.join('');
  };
  return { exchange, open, calls, faults, port };
};

const KEY = `authorization: Bearer ${TEST_KEY}`;
const HEAD = ['host: localhost', KEY, 'connection: close'];
const get = (...headers: string[]): string => request('GET /api/v1/tasks/t', headers);
const post = (body: string, ...headers: string[]): string =>
  `${request('POST /api/v1/tasks', ['content-type: application/json', `content-length: ${body.length}`, ...headers])}${body}`;
const request = (line: string, headers: string[], head = HEAD): string =>
  [`${line} HTTP/1.1`, ...head, ...headers, '', ''].join('\r\n');
const statusOf = (text: string): number => Number(text.split(' ')[1]);
const problemOf = (text: string): unknown => JSON.parse(text.split('\r\n\r\n')[1] ?? '');

describe('the head of a request', () => {
  it.each([
    ['a path that is too long', request(`GET /api/v1/tasks?type=${'x'.repeat(9_000)}`, []), 414, 'URL'],
    ['too many headers', get(...Array.from({ length: 120 }, (_, n) => `x-${n}: 1`)), 431, 'headers'],
    ['headers that are too large', get(`x: ${'x'.repeat(20_000)}`), 431, 'headers'],
    ['a path that is no text', request('GET /api/v1/tasks/%zz', []), 400, 'URL'],
    ['no host', request('GET /api/v1/tasks/t', [], [KEY, 'connection: close']), 400, undefined],
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 400, 'request'],
    ['a folded header', get('x: 1', ' 2'), 400, 'request'],
    ['a header without a name', get(': 1'), 400, 'request'],
    ['a compressed body', post('{}', 'content-encoding: gzip'), 415, 'Content-Encoding'],
    ['two lengths', post('{}', 'content-length: 3'), 400, 'request'],
    ['a length and chunks', post('{}', 'transfer-encoding: chunked'), 400, 'request'],
    ['a length that is no number', request('POST /api/v1/tasks', ['content-length: x']), 400, 'request'],
    ['two credentials', get('authorization: Bearer other'), 400, 'authorization'],
    ['the same credential twice', get(KEY), 400, 'authorization'],
    ['two hosts', get('host: 127.0.0.1'), 400, 'host'],
    ['two idempotency keys', post('{}', 'idempotency-key: a', 'idempotency-key: b'), 400, 'idempotency-key'],
    ['two types', post('{}', 'content-type: text/plain'), 400, 'content-type'],
  ])('with %s is refused, and what is wrong is named', async (_, bytes, status, field) => {
    const { exchange, calls } = await setup();
    const answer = await exchange(bytes);
    expect(statusOf(answer)).toBe(status);
    if (field !== undefined)
      expect(problemOf(answer)).toMatchObject({ status, code: 'INVALID_REQUEST', issues: [{ field }] });
    expect(calls).toEqual([]);
  });

  it('is answered for loopback, addresses and configured names, and for no other: a page cannot rebind them', async () => {
    const { exchange, calls } = await setup({ hosts: ['tasks.example'] });
    const statusFor = async (host: string): Promise<number> =>
      statusOf(await exchange(request('GET /api/v1/tasks/t', [`host: ${host}`], [KEY, 'connection: close'])));
    for (const host of [
      'localhost',
      'LOCALHOST:16080',
      '127.0.0.1:1',
      '[::1]:80',
      '10.1.2.3',
      'tasks.example:443',
    ])
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    const served = calls.length;
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'tasks.example.evil',
      '127.0.0.1.evil',
      'x:y:z',
    ])
      expect([host, await statusFor(host)]).toEqual([host, 403]);
    expect(calls.length).toBe(served);
  });

  it('with the origin of another page is refused, also for what needs no key', async () => {
    const { exchange } = await setup();
    const statusFor = async (path: string, origin: string): Promise<number> =>
      statusOf(await exchange(request(`GET ${path}`, [`origin: ${origin}`])));
    for (const origin of ['http://evil.example', 'null', 'http://localhost:99', 'file://'])
      for (const path of ['/api/v1/tasks/t', '/readyz', '/api/v1/openapi.json'])
        expect([path, origin, await statusFor(path, origin)]).toEqual([path, origin, 403]);
    expect(await statusFor('/api/v1/tasks/t', 'http://localhost')).toBe(200);
  });
});

describe('a body', () => {
  it('that would inflate is never inflated', async () => {
    const { exchange, calls } = await setup();
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const head = request('POST /api/v1/tasks', [
      'content-type: application/json',
      'content-encoding: gzip',
      `content-length: ${bomb.length}`,
    ]);
    expect(statusOf(await exchange(Buffer.concat([Buffer.from(head), bomb])))).toBe(415);
    expect(calls).toEqual([]);
  });

  it('in chunks is measured, not trusted', async () => {
    const { exchange, calls } = await setup();
    const chunk = `${(1024 * 1024).toString(16)}\r\n${' '.repeat(1024 * 1024)}\r\n`;
    const head = request('POST /api/v1/tasks', [
      'content-type: application/json',
      'transfer-encoding: chunked',
    ]);
    expect(statusOf(await exchange(head + chunk.repeat(5)))).toBe(413);
    expect(calls).toEqual([]);
  });
});

describe('a connection', () => {
  it('answers pipelined requests in order, and refuses what is more than a credential may have open', async () => {
    const open: (() => void)[] = [];
    const answer: Answer = async ({ request: fields }) => {
      await new Promise<void>((resolve) => void open.push(resolve));
      return fields;
    };
    const { exchange, calls } = await setup({ answer, inFlightMax: 3 });
    const one = (id: string, last = false): string =>
      request(`GET /api/v1/tasks/${id}`, last ? ['connection: close'] : [], ['host: localhost', KEY]);
    const answered = exchange(['a', 'b', 'c', 'd'].map((id) => one(id)).join('') + one('e', true));
    await expect.poll(() => calls.length).toBe(3);
    for (const release of open.toReversed()) release();
    const text = await answered;
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '200',
      '200',
      '200',
      '429',
      '429',
    ]);
    expect([...text.matchAll(/\{"id":"(\w)"\}/g)].map(([, id]) => id)).toEqual(['a', 'b', 'c']);
  });

  it('that is one too many of its address is closed, and there is room again when one ends', async () => {
    const { open, exchange } = await setup({ connectionsMax: 2 });
    const first = [open(), open()];
    await Promise.all(first.map((socket) => once(socket, 'connect')));
    expect(await exchange(get())).toBe('');
    first[0]?.destroy();
    await expect.poll(async () => statusOf(await exchange(get()))).toBe(200);
  });

  it('whose client has sent all and closed its half still gets the answer', async () => {
    const { open, calls } = await setup();
    const socket = open();
    socket.end(request('GET /api/v1/tasks/t', [], ['host: localhost', KEY]));
    expect(statusOf((await socket.toArray()).join(''))).toBe(200);
    expect(calls.length).toBe(1);
  });

  it('whose client closes its half in the middle of a body is ended, and nothing was called', async () => {
    const { open, calls } = await setup();
    const socket = open();
    socket.end(post('{"type":"t"}').slice(0, -3));
    await socket.toArray();
    expect(calls).toEqual([]);
  });

  it('whose client does not read is ended, and one that waits for its answer is not', async () => {
    const big = 'x'.repeat(32 * 1024 * 1024);
    const held = Promise.withResolvers<object>();
    const answer: Answer = ({ verb }) => (verb === 'get' ? { big } : held.promise);
    const { open, exchange, calls } = await setup({ stallMs: 100, connectionsMax: 2, answer });
    const waiting = exchange(request('GET /api/v1/tasks', []));
    const socket = open();
    socket.pause();
    socket.write(request('GET /api/v1/tasks/t', [], ['host: localhost', KEY]));
    await expect.poll(() => calls.length).toBe(2);
    const readyz = request('GET /readyz', []);
    await expect.poll(async () => statusOf(await exchange(readyz)), { timeout: 10_000 }).toBe(200);
    held.resolve({ tasks: [] });
    expect(statusOf(await waiting)).toBe(200);
  });

  it('that sends its head byte by byte keeps nothing else waiting', async () => {
    const { open, exchange } = await setup();
    open().write('GET /api/v1/tasks HTTP/1.1\r\nhost: loc');
    expect(statusOf(await exchange(get()))).toBe(200);
  });
});

describe('the answer to a client with a quota', () => {
  it('says what is left of it, and when there is more', async () => {
    const { options } = testListener();
    const quota = { limit: 100, windowMs: 10_000, remaining: 7, resetMs: 2_500 };
    const { exchange } = await setup({
      authenticate: async (token, from) => ({ ...(await options.authenticate(token, from)), quota }),
    });
    const text = await exchange(get());
    expect(text).toContain('ratelimit-policy: "default";q=100;w=10\r\n');
    expect(text).toContain('ratelimit: "default";r=7;t=3\r\n');
  });
});
