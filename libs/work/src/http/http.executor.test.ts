import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isAppError } from '@precedent/kernel';
import { anAttempt } from '../testing/attempt.ts';
import type { HttpPayload } from './http-call.ts';
import { httpExecutor } from './http.executor.ts';
import type { HttpOptions, HttpResult } from './http.executor.ts';

const aServer = async (listener: RequestListener) => {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

/** In the place of the schema, which this layer cannot see. */
const parse = (payload: unknown): HttpPayload => ({
  method: 'GET',
  headers: {},
  expect: '2xx',
  timeoutMs: 30_000,
  maxBytes: 256 * 1024,
  ...(payload as { readonly url: string }),
});

const executor = (options: Partial<HttpOptions> = {}) => httpExecutor({ parse, ...options });

const call = async (
  payload: Record<string, unknown>,
  options: Partial<HttpOptions> = {},
): Promise<HttpResult> => (await anAttempt({ payload }).run(executor(options))) as HttpResult;

const failureOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!isAppError(error)) throw new Error('expected a failure', { cause: error });
  return error;
};

const redirectTo =
  (location: string, status = 302) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, { location }).end('elsewhere');

test('a call has a status, headers, a body and a time', async () => {
  await using server = await aServer((_, response) => {
    response.setHeader('X-Many', ['a', 'b']);
    response.setHeader('Content-Type', 'application/json');
    response.end('{"ok":true}');
  });
  const attempt = anAttempt({ payload: { url: `${server.url}/path?key=s3cret` } });
  const result = (await attempt.run(executor())) as HttpResult;
  expect(result).toMatchObject({ status: 200, body: { ok: true }, url: `${server.url}/path?key=s3cret` });
  expect(result.headers).toMatchObject({ 'x-many': 'a, b', 'content-type': 'application/json' });
  expect(result.durationMs).toBeGreaterThanOrEqual(0);
  expect(result.truncated).toBeUndefined();
  expect(attempt.text('log')).toMatch(
    /^GET http:\/\/127\.0\.0\.1:\d+\/path answered 200 in \d+ ms, 11 bytes\n$/,
  );
});

test('method, headers, body and trace context arrive', async () => {
  await using server = await aServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const { method, headers } = request;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, body, headers }));
  });
  const payload = { url: server.url, method: 'POST', headers: { 'X-Key': 'k' }, body: { a: 'ü' } };
  const attempt = anAttempt({ payload, traceparent: '00-1-2-01' }, { traceparent: '00-1-3-01' });
  const result = (await attempt.run(executor())) as HttpResult;
  expect(result.body).toMatchObject({
    method: 'POST',
    body: '{"a":"ü"}',
    headers: {
      'x-key': 'k',
      'content-type': 'application/json',
      traceparent: '00-1-3-01',
      'content-length': '10',
    },
  });
});

test('a host is looked up, and the call goes to the address that was checked', async () => {
  await using server = await aServer((request, response) => void response.end(request.headers.host));
  const lookups: string[] = [];
  const resolve = async (host: string) => {
    lookups.push(host);
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const result = await call({ url: `http://service.invalid:${server.port}/` }, { resolve });
  expect(result.body).toBe(`service.invalid:${server.port}`);
  expect(lookups).toEqual(['service.invalid']);
});

test.each([
  [500, true],
  [503, true],
  [429, true],
  [408, true],
  [425, true],
  [404, false],
  [400, false],
])('status %i fails the task; another try makes sense: %s', async (status, retryable) => {
  await using server = await aServer((_, response) => {
    response.writeHead(status, { 'retry-after': '3' }).end(`because ${'x'.repeat(5_000)}`);
  });
  const error = await failureOf(call({ url: `${server.url}/p` }));
  expect(error.code).toBe('HTTP_FAILED');
  expect(error.message).toBe(`GET ${server.url}/p answered ${status}; expected 2xx`);
  expect(error.extras).toMatchObject({ retryAfterMs: 3_000, details: { status, retryable } });
  expect(String(error.extras.details?.['body'])).toMatch(/^because x{900,1024}$/);
});

test('a status that the task expects is a result', async () => {
  await using server = await aServer((_, response) => void response.writeHead(404).end('none'));
  expect(await call({ url: server.url, expect: [200, 404] })).toMatchObject({ status: 404, body: 'none' });
});

test('redirects are followed, and the result names where they ended', async () => {
  await using target = await aServer((request, response) => void response.end(request.url));
  await using server = await aServer(redirectTo(`${target.url}/end`));
  expect(await call({ url: server.url })).toMatchObject({
    status: 200,
    body: '/end',
    url: `${target.url}/end`,
  });
});

test('the body of a redirect is not read, and its connection is closed', async () => {
  const closed = Promise.withResolvers<void>();
  await using target = await aServer((_, response) => void response.end('here'));
  await using server = await aServer((_, response) => {
    response.once('close', closed.resolve);
    response.writeHead(302, { location: target.url }).write('a body that never ends');
  });
  expect(await call({ url: server.url })).toMatchObject({ body: 'here' });
  await closed.promise;
});

test('a redirect that the task expects is not followed', async () => {
  await using server = await aServer(redirectTo('/elsewhere'));
  const result = await call({ url: server.url, expect: '3xx' });
  expect(result.headers['location']).toBe('/elsewhere');
});

test('a circle of redirects ends after five', async () => {
  let requests = 0;
  await using server = await aServer((request, response) => {
    requests++;
    redirectTo('/again')(request, response);
  });
  const error = await failureOf(call({ url: server.url }));
  expect(error.message).toBe(`${server.url}/ redirects more than 5 times`);
  expect(error.extras.details).toMatchObject({ retryable: false });
  expect(requests).toBe(6);
});

test('a redirect to a denied host is refused, and the host is not called', async () => {
  let reached = false;
  await using target = await aServer((_, response) => {
    reached = true;
    response.end();
  });
  await using server = await aServer(redirectTo(`http://inside.example:${target.port}/`));
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  const error = await failureOf(call({ url: server.url }, { deny: [`127.0.0.1:${target.port}`], resolve }));
  expect(error.code).toBe('HTTP_REFUSED');
  expect(error.message).toContain(`may not call inside.example:${target.port}: 127.0.0.1 is denied by`);
  expect(reached).toBe(false);
});

test.each(['file:///etc/passwd', 'http://u:p@127.0.0.1/', 'http://'])(
  'a redirect to %s goes nowhere',
  async (location) => {
    await using server = await aServer(redirectTo(location));
    const error = await failureOf(call({ url: server.url }));
    expect(error.code).toBe('HTTP_FAILED');
    expect(error.extras.details).toMatchObject({ retryable: false });
  },
);

test.each([
  'http://169.254.169.254/latest',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://[::ffff:a9fe:a9fe]/',
])('the metadata of a cloud is out of reach by default: %s', async (url) => {
  expect((await failureOf(call({ url }))).code).toBe('HTTP_REFUSED');
});

test('what is not on the allow list is refused', async () => {
  const error = await failureOf(call({ url: 'http://127.0.0.1:9/' }, { allow: ['api.example.com'] }));
  expect(error.code).toBe('HTTP_REFUSED');
  expect(error.extras.details).toEqual({ host: '127.0.0.1', port: 9 });
});

test('a server that is not there fails with the code of the system', async () => {
  const server = await aServer(() => undefined);
  await server[Symbol.asyncDispose]();
  const error = await failureOf(call({ url: server.url }));
  expect(error.message).toContain('ECONNREFUSED');
  expect(error.extras.details).toMatchObject({ code: 'ECONNREFUSED', retryable: true });
});

test('a name that does not exist fails with the code of the resolver', async () => {
  const resolve = () =>
    Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' }));
  const error = await failureOf(call({ url: 'http://x.invalid/' }, { resolve }));
  expect(error).toMatchObject({ code: 'HTTP_FAILED', message: expect.stringContaining('ENOTFOUND') });
});

test('a connection that breaks within the body is a failure, not half a result', async () => {
  await using server = await aServer((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  const error = await failureOf(call({ url: server.url }));
  expect(error.code).toBe('HTTP_FAILED');
  expect(error.extras.details).toMatchObject({ retryable: true });
});

test('a body beyond its limit is cut, and the connection closed', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await aServer((_, response) => {
    response.once('close', closed.resolve);
    const more = (): void => void response.write('x'.repeat(10_000), more);
    more();
  });
  const result = await call({ url: server.url, maxBytes: 1_000 });
  expect(result).toMatchObject({ body: 'x'.repeat(1_000), truncated: true });
  await closed.promise;
});

test('a result is never larger than the engine takes', async () => {
  await using server = await aServer((_, response) => void response.end('\0'.repeat(200_000)));
  const result = await call({ url: server.url });
  expect(result.truncated).toBe(true);
  const bytes = Buffer.byteLength(JSON.stringify(result));
  expect(bytes).toBeLessThanOrEqual(256 * 1024);
  expect(bytes).toBeGreaterThan(255 * 1024);
});

test('a packed body is unpacked, and its limit is for what comes out', async () => {
  await using server = await aServer((_, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync('y'.repeat(1_000_000)));
  });
  expect(await call({ url: server.url, maxBytes: 500 })).toMatchObject({
    body: 'y'.repeat(500),
    truncated: true,
  });
});

test('a body that is packed wrongly is a failure', async () => {
  await using server = await aServer((_, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end('not packed');
  });
  expect((await failureOf(call({ url: server.url }))).code).toBe('HTTP_FAILED');
});

test.each(['constructor', '__proto__', 'toString'])(
  'a body whose encoding is %s is left as it is',
  async (encoding) => {
    await using server = await aServer((_, response) => {
      response.setHeader('content-encoding', encoding);
      response.end('plain');
    });
    expect(await call({ url: server.url })).toMatchObject({ status: 200, body: 'plain' });
  },
);

test('HEAD has no body, and says how long it would be', async () => {
  await using server = await aServer(
    (_, response) => void response.writeHead(200, { 'content-length': '5' }).end(),
  );
  const result = await call({ url: server.url, method: 'HEAD' });
  expect(result).toMatchObject({ body: '', headers: { 'content-length': '5' } });
});

test('a slow body is stopped by the signal, and its connection is closed', async () => {
  const closed = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using server = await aServer((_, response) => {
    response.once('close', closed.resolve);
    response.write('slow', () => begun.resolve());
  });
  const attempt = anAttempt({ payload: { url: server.url } });
  const failed = failureOf(attempt.run(executor()));
  await begun.promise;
  attempt.stop({ reason: 'cancelled', graceMs: 1_000 });
  expect((await failed).code).toBe('CANCELLED');
  await closed.promise;
});

test('a stop during the lookup does not wait for it', async () => {
  const requested = Promise.withResolvers<void>();
  const resolve = () => {
    requested.resolve();
    return new Promise<never>(() => undefined);
  };
  const attempt = anAttempt({ payload: { url: 'http://x.invalid/' } });
  const failed = failureOf(attempt.run(executor({ resolve })));
  await requested.promise;
  attempt.stop({ reason: 'timeout', graceMs: 1_000 });
  expect((await failed).code).toBe('ATTEMPT_TIMEOUT');
});

test('a server that never answers is given up after the time of the task', async () => {
  await using server = await aServer(() => undefined);
  const error = await failureOf(call({ url: `${server.url}/q?secret`, timeoutMs: 20 }));
  expect(error.message).toBe(`GET ${server.url}/q had no whole answer within 20 ms`);
  expect(error.extras.details).toMatchObject({ retryable: true });
});

test('a payload that is not valid is refused before anything is called', async () => {
  expect((await failureOf(call({ url: 'ftp://x/' }))).code).toBe('INVALID_TASK');
});
