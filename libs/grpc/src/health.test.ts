import { create } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { MemoryTaskEvents } from '@precedent/memory';
import { testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { messageNamed, serviceNamed } from './registry.ts';
import { openGrpcServer } from './server.ts';
import { callRpc } from './testing/test-server.ts';

interface HealthClient {
  check(request: Message): Promise<Message & { readonly status: number }>;
  list(
    request: Message,
  ): Promise<{ readonly statuses: Readonly<Record<string, { readonly status: number }>> }>;
  watch(request: Message): AsyncIterable<{ readonly status: number }>;
}

const [SERVING, NOT_SERVING, SERVICE_UNKNOWN] = [1, 2, 3];

const setup = async () => {
  const state: { problem?: string; away: readonly string[] } = { away: [] };
  const draining = new AbortController();
  const server = await openGrpcServer({
    ...testListener().options,
    events: new MemoryTaskEvents(),
    watchMs: 2,
    draining: draining.signal,
    health: {
      problem: () => state.problem,
      isServing: (service) => Promise.resolve(!state.away.includes(service)),
    },
  });
  onTestFinished(() => server.close());
  const transport = createGrpcTransport({ baseUrl: server.url });
  const client = createClient(serviceNamed('grpc.health.v1.Health'), transport) as unknown as HealthClient;
  const named = (service: string) => create(messageNamed('grpc.health.v1.HealthCheckRequest'), { service });
  const statusOf = async (service: string) => (await client.check(named(service))).status;
  const watch = (service: string) => client.watch(named(service))[Symbol.asyncIterator]();
  const call = () => callRpc(transport, 'TaskService/GetTaskStatus', { id: 't' });
  return { state, client, statusOf, watch, call, drain: () => draining.abort(), close: () => server.close() };
};

describe('the health of the gateway', () => {
  it('is that of the connection as a whole, and that of a program for its services; no key is needed', async () => {
    const { state, statusOf } = await setup();
    expect([await statusOf(''), await statusOf('engine')]).toEqual([SERVING, SERVING]);
    state.away = ['vectorizer'];
    expect(await statusOf('')).toBe(SERVING);
    expect(await statusOf('vectorizer')).toBe(NOT_SERVING);
    expect(await statusOf('precedent.v1.SearchService')).toBe(NOT_SERVING);
    expect(await statusOf('precedent.v1.TaskService')).toBe(SERVING);
    state.problem = 'no connection to NATS';
    expect([await statusOf(''), await statusOf('history')]).toEqual([NOT_SERVING, NOT_SERVING]);
  });

  it('lists what there is, and has no status for what there is not', async () => {
    const { client, statusOf, watch } = await setup();
    const { statuses } = await client.list(create(messageNamed('grpc.health.v1.HealthListRequest')));
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['', 'engine', 'history', 'vectorizer']));
    const error: unknown = await statusOf('other').catch((thrown: unknown) => thrown);
    expect(error instanceof ConnectError && error.code).toBe(Code.NotFound);
    expect((await watch('other').next()).value).toMatchObject({ status: SERVICE_UNKNOWN });
  });

  it('is watched: each change is sent once', async () => {
    const { state, watch } = await setup();
    const seen = watch('engine');
    expect((await seen.next()).value).toMatchObject({ status: SERVING });
    state.away = ['engine'];
    expect((await seen.next()).value).toMatchObject({ status: NOT_SERVING });
    state.away = [];
    expect((await seen.next()).value).toMatchObject({ status: SERVING });
    await seen.return?.();
  });

  it('is gone while the gateway waits for load balancers, and calls are answered', async () => {
    const { watch, drain, statusOf, call } = await setup();
    const seen = watch('');
    expect((await seen.next()).value).toMatchObject({ status: SERVING });
    drain();
    expect((await seen.next()).value).toMatchObject({ status: NOT_SERVING });
    expect(await statusOf('engine')).toBe(NOT_SERVING);
    expect(await call()).toHaveProperty('task');
  });

  it('is gone before the gateway stops', async () => {
    const { watch, close } = await setup();
    const seen = watch('');
    expect((await seen.next()).value).toMatchObject({ status: SERVING });
    const closed = close();
    expect((await seen.next()).value).toMatchObject({ status: NOT_SERVING });
    expect((await seen.next()).done).toBe(true);
    await closed;
  });
});
