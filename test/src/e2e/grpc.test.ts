import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rpcClient } from '../grpc/rpc-client.ts';
import type { RpcClient } from '../grpc/rpc-client.ts';
import { endClis, startCli } from './cli.ts';
import type { RunningCli } from './cli.ts';

afterAll(endClis);

/** A cell of `precedent up` with its gateway, in a folder of its own. */
const startCell = async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-grpc-'));
  mkdirSync(path.join(folder, 'home'));
  const env = {
    HOME: path.join(folder, 'home'),
    PRECEDENT_NATS_PORT: '0',
    PRECEDENT_MONITORING_METRICS: 'false',
    PRECEDENT_GATEWAY_ENABLED: 'true',
    PRECEDENT_GATEWAY_HTTP_PORT: '0',
    PRECEDENT_GATEWAY_GRPC_PORT: '0',
    PRECEDENT_GATEWAY_MCP_PORT: '0',
  };
  const up: RunningCli = startCli(['up', '--data', 'data'], { cwd: folder, env });
  const text = await up.wrote('\nready in ');
  const [, url = ''] = /^gateway .* gRPC (http:[^,]+),/m.exec(text) ?? [];
  const key = readFileSync(path.join(folder, 'data/gateway.key'), 'utf8').trim();
  const stop = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, key, stop };
};

describe('gRPC of an open cell', () => {
  let cell: Awaited<ReturnType<typeof startCell>>;
  let client: RpcClient;
  beforeAll(async () => {
    cell = await startCell();
    client = rpcClient(cell.url, cell.key);
  });
  afterAll(() => cell.stop());

  it('needs the key of the data folder', async () => {
    const error: unknown = await rpcClient(cell.url, 'x')
      .call('task.status', {})
      .catch((thrown: unknown) => thrown);
    expect(ConnectError.from(error).code).toBe(Code.Unauthenticated);
  });

  it('runs a task, gives its verdict, and its events from any of them on', async () => {
    const task = { command: 'echo', args: ['hello'], idempotencyKey: 'once' };
    const { id } = (await client.call('submit.submit', task)) as { id: string };
    expect(await client.call('submit.submit', task)).toMatchObject({ id, duplicate: true });
    expect(await client.call('task.wait', { id, timeoutMs: 20_000 })).toMatchObject({
      state: 'completed',
      result: { stdout: 'hello\n' },
    });
    const seen = await eventsOf(client, { id });
    expect(seen.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['queued', 'started', 'completed']),
    );
    const rest = await eventsOf(client, { id, after: seen[0]?.sequence });
    expect(rest).toEqual(seen.slice(1));
  });

  it('takes tasks as a stream, with a result for each', async () => {
    const tasks = async function* () {
      for (let index = 0; index < 200; index += 1)
        yield await Promise.resolve({ id: `s-${index}`, type: index === 7 ? 'no type!' : 'nothing' });
    };
    const results: Readonly<Record<string, unknown>>[] = [];
    for await (const result of client.submitAll(tasks())) results.push(result);
    expect(results.map(({ index }) => index)).toEqual(results.map((_, index) => index));
    expect(results[7]).toMatchObject({ error: { code: 'INVALID_TASK' } });
    expect(results[199]).toMatchObject({ accepted: { id: 's-199' } });
  });
});

const eventsOf = async (client: RpcClient, request: object) => {
  const events: { readonly event: string; readonly sequence: string }[] = [];
  for await (const { event } of client.watch(request as Readonly<Record<string, unknown>>))
    if (event !== undefined) events.push(event as (typeof events)[number]);
  return events;
};
