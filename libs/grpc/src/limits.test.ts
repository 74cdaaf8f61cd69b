import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { Code } from '@connectrpc/connect';
import { onAbort } from '@precedent/kernel';
import type { OperationCall } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AUTHORIZATION, callRpc, errorFrom, testServer } from './testing/test-server.ts';

const never = new Promise<never>(() => undefined);

/** The next call that reaches the services, which then do not answer. */
const silentServices = () => {
  let reached: (call: OperationCall) => void = () => undefined;
  const call = new Promise<OperationCall>((resolve) => (reached = resolve));
  const answer = (made: OperationCall): unknown => {
    reached(made);
    return never;
  };
  return { call, answer };
};

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => void (signal && onAbort(signal, resolve)));

describe('a call that takes longer than its deadline', () => {
  it('ends, and so does what is behind it', async () => {
    const { call, answer } = silentServices();
    const { transport } = await testServer(onTestFinished, answer);
    const error = errorFrom(
      callRpc(transport, 'TaskService/GetTaskStatus', { id: 't' }, { timeoutMs: 1_500 }),
    );
    const { signal, timeoutMs } = await call;
    expect(timeoutMs).toBeLessThanOrEqual(2_500);
    await aborted(signal);
    expect((await error).code).toBe(Code.DeadlineExceeded);
  });
});

describe('a call without a deadline', () => {
  it.each([
    ['TaskService/GetTaskStatus', 30_000],
    ['TaskService/WaitForTask', 35_000],
  ])('has one: %s', async (name, ms) => {
    const { transport, calls } = await testServer(onTestFinished);
    await callRpc(transport, name, { id: 't' });
    const { timeoutMs = 0 } = calls[0] ?? {};
    expect(timeoutMs).toBeGreaterThan(ms - 5_000);
    expect(timeoutMs).toBeLessThanOrEqual(ms + 1_000);
  });
});

describe('a call that its client cancels', () => {
  it('cancels what is behind it', async () => {
    const { call, answer } = silentServices();
    const { transport } = await testServer(onTestFinished, answer);
    const { signal: canceller, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: () => controller.abort() };
    })();
    const error = errorFrom(
      callRpc(transport, 'TaskService/GetTaskStatus', { id: 't' }, { signal: canceller }),
    );
    const { signal } = await call;
    const gone = aborted(signal);
    abort();
    await gone;
    expect((await error).code).toBe(Code.Canceled);
  });
});

describe('a request for another name', () => {
  it.each([
    ['a host that a web page was given', { host: 'evil.example' }, 403],
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['its own name', {}, 200],
  ])('of %s', async (_, headers, status) => {
    const { port } = await testServer(onTestFinished, () => ({}));
    const request = httpRequest({
      port,
      method: 'POST',
      path: '/precedent.v1.TaskService/GetEngineStatus',
      headers: { ...AUTHORIZATION, 'content-type': 'application/json', ...headers },
    });
    request.end('{}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(status);
  });
});

describe('a message', () => {
  it('of more than 4 MiB is refused before it is read', async () => {
    const { transport, calls } = await testServer(onTestFinished);
    const error = await errorFrom(
      callRpc(transport, 'TaskService/GetTaskStatus', { id: 'x'.repeat(5 * 1024 * 1024) }),
    );
    expect([error.code, calls]).toEqual([Code.ResourceExhausted, []]);
  });

  it('with a payload of 256 levels is read, and one of a hundred thousand is refused', async () => {
    const { url, calls } = await testServer(onTestFinished, () => ({ id: 'a', seq: 1 }));
    const send = async (levels: number): Promise<number> => {
      const payload = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      const response = await fetch(`${url}/precedent.v1.TaskService/SubmitPriorityTask`, {
        method: 'POST',
        headers: { ...AUTHORIZATION, 'content-type': 'application/json' },
        body: `{"task": {"type": "t", "payload": ${payload}}}`,
      });
      return response.status;
    };
    expect(await send(256)).toBe(200);
    expect(await send(100_000)).toBe(400);
    expect(calls).toHaveLength(1);
  });
});

describe('a connection', () => {
  const received = async (port: number, text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let all = '';
    socket.on('data', (chunk) => (all += chunk.toString('latin1'))).on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    return all;
  };

  it.each([
    ['of nonsense', 'hello\r\n\r\n'],
    ['of HTTP/1.0 without a host', 'POST /precedent.v1.TaskService/ListTasks HTTP/1.0\r\n\r\n'],
    [
      'with a host that is none',
      'POST /precedent.v1.TaskService/ListTasks HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n',
    ],
    ['of half a preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxxxxxx'],
  ])('%s is closed, and the server goes on', async (_, text) => {
    const { port, transport } = await testServer(onTestFinished, () => ({ id: 't' }));
    await received(port, text);
    expect(await callRpc(transport, 'TaskService/GetTaskStatus', { id: 't' })).toHaveProperty('task');
  });

  it('that ends after a byte or two is closed at once', async () => {
    const { port } = await testServer(onTestFinished);
    for (const text of ['P', 'PR', 'PO']) {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      socket.resume().end(text);
      await once(socket, 'close');
    }
  });

  it('that sends a body too slowly is closed', async () => {
    const { port, calls } = await testServer(onTestFinished, () => ({}), { stallMs: 50 });
    const head = [
      'POST /precedent.v1.TaskService/ListTasks HTTP/1.1',
      'host: x',
      `authorization: ${AUTHORIZATION.authorization}`,
    ];
    await received(
      port,
      [...head, 'content-type: application/json', 'content-length: 9', '', '{'].join('\r\n'),
    );
    expect(calls).toEqual([]);
  });

  it('that opens and resets streams without end is ended', async () => {
    const { url } = await testServer(onTestFinished, () => never);
    const session = connectHttp2(url);
    onTestFinished(() => session.destroy());
    session.on('error', () => undefined);
    while (!session.destroyed) {
      for (let count = 0; count < 100 && !session.destroyed; count += 1) {
        const stream = session.request({ ':method': 'POST', ':path': '/precedent.v1.TaskService/ListTasks' });
        stream.on('error', () => undefined);
        stream.close(constants.NGHTTP2_CANCEL);
      }
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(session.destroyed).toBe(true);
  });
});
