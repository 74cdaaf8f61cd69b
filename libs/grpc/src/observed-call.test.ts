import { createConnectTransport } from '@connectrpc/connect-node';
import type { OperationCall } from '@precedent/ports';
import { AppError } from '@precedent/kernel';
import { collectedTelemetry } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callRpc, testServer } from './testing/test-server.ts';

const setup = async (answer?: (call: OperationCall) => unknown) => {
  const { telemetry, first } = collectedTelemetry();
  const { transport, calls, url } = await testServer(onTestFinished, answer, { telemetry });
  const transports = {
    gRPC: transport,
    Connect: createConnectTransport({ baseUrl: url, httpVersion: '1.1' }),
  };
  return { transports, calls, first };
};

const METHOD = 'precedent.v1.TaskService/GetTaskStatus';

describe.each(['gRPC', 'Connect'] as const)('a call over %s', (protocol) => {
  it('is reported with its method and code, whatever comes of it', async () => {
    const { transports, first } = await setup(({ request }) => {
      const { id } = request as { id: string };
      if (id === 'gone') throw new AppError('TASK_NOT_FOUND', 'gone');
      return { id };
    });
    const get = (id: string, headers = {}) =>
      callRpc(transports[protocol], 'TaskService/GetTaskStatus', { id }, { headers }).catch(() => undefined);
    await get('t');
    await get('gone');
    await get('t', { authorization: 'Bearer wrong' });
    expect(await first(3)).toMatchObject([
      { name: 'rpc.call', method: METHOD, code: 'OK' },
      { method: METHOD, code: 'NOT_FOUND' },
      { method: METHOD, code: 'UNAUTHENTICATED' },
    ]);
  });

  it('has a span, below which what it calls is', async () => {
    const { transports, calls, first } = await setup(() => ({}));
    const options = { headers: { traceparent: 'client' } };
    await callRpc(transports[protocol], 'TaskService/GetTaskStatus', { id: 't' }, options);
    expect(calls).toMatchObject([{ traceparent: 'client-own' }]);
    expect(await first(1)).toMatchObject([{ span: { traceparent: 'client-own' } }]);
  });
});

describe('a call whose client leaves', () => {
  it('is cancelled', async () => {
    const leave = new AbortController();
    const { transports, first } = await setup(() => {
      leave.abort();
      return new Promise(() => undefined);
    });
    const options = { signal: leave.signal };
    await callRpc(transports.gRPC, 'TaskService/GetTaskStatus', { id: 't' }, options).catch(() => undefined);
    expect(await first(1)).toMatchObject([{ name: 'rpc.call', code: 'CANCELLED' }]);
  });
});
