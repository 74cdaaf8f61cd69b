import { AppError } from '@precedent/kernel';
import { MemoryTaskEvents } from '@precedent/memory';
import type { OperationCall } from '@precedent/ports';
import { TEST_KEY, collectedTelemetry, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHttpServer } from './server.ts';

const setup = async (answer?: (call: OperationCall) => unknown) => {
  const { options, calls } = testListener(answer);
  const { telemetry, first } = collectedTelemetry();
  const server = await openHttpServer({
    ...options,
    events: new MemoryTaskEvents(),
    health: { problem: () => undefined },
    telemetry,
  });
  onTestFinished(() => server.close());
  const send = (path: string, more: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...more,
      headers: { authorization: `Bearer ${TEST_KEY}`, ...(more.headers as Record<string, string>) },
    });
  return { send, calls, first };
};

describe('a request over HTTP', () => {
  it('is reported with the template of its path and its status, whatever comes of it', async () => {
    const { send, first } = await setup(({ verb }) => {
      if (verb === 'list') throw new AppError('ENGINE_NOT_RUNNING', 'away');
      return {};
    });
    for (const path of ['/api/v1/tasks/t-1', '/api/v1/tasks', '/nowhere', '/livez']) await send(path);
    await send('/api/v1/tasks/t-1', { headers: { authorization: 'Bearer wrong' } });
    expect(await first(5)).toMatchObject([
      { name: 'http.request', method: 'GET', route: '/api/v1/tasks/:id', status: 200 },
      { route: '/api/v1/tasks', status: 503 },
      { route: '', status: 404 },
      { route: '/livez', status: 200 },
      { route: '/api/v1/tasks/:id', status: 401 },
    ]);
    const [event] = await first(1);
    if (event?.name !== 'http.request') throw new Error('no request was reported');
    expect(event.ms).toBeGreaterThan(0);
    expect(Math.abs(Date.now() - event.at)).toBeLessThan(60_000);
  });

  it('has a span, below which what it submits and reads is', async () => {
    const { send, calls, first } = await setup(() => ({ id: 't', seq: 1 }));
    const headers = { traceparent: 'client', 'content-type': 'application/json' };
    await send('/api/v1/tasks', { method: 'POST', headers, body: '{"type":"t"}' });
    await send('/api/v1/tasks/t', { headers });
    expect(calls.map(({ traceparent }) => traceparent)).toEqual(['client-own', 'client-own']);
    expect(await first(2)).toMatchObject([{ span: { traceparent: 'client-own' } }, { status: 200 }]);
  });
});
