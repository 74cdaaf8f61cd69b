import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../otel/backend.ts';
import { endClis, startCli } from './cli.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const LIMIT = { timeout: 20_000 };

const stack = new AsyncDisposableStack();
afterAll(async () => {
  await stack.disposeAsync();
  endClis();
});

/** Takes spans, as a collector does. */
const aCollector = async () => {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(Buffer.concat((await request.toArray()) as Buffer[]));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => void server.close());
  const exported = (program: string): boolean =>
    bodies.some((body) => body.includes(program) && body.includes(Buffer.from(TRACE, 'hex')));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exported };
};

const startCell = async (otlpUrl: string) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-telemetry-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'home'));
  const ports = ['GATEWAY_HTTP_PORT', 'GATEWAY_GRPC_PORT', 'GATEWAY_MCP_PORT'];
  const metricsPort = await freePort();
  const env = {
    HOME: path.join(folder, 'home'),
    PRECEDENT_NATS_PORT: '0',
    PRECEDENT_SERVER_METRICS_PORT: '0',
    PRECEDENT_GATEWAY_ENABLED: 'true',
    PRECEDENT_GATEWAY_METRICS_PORT: String(metricsPort),
    PRECEDENT_MONITORING_OTLP_URL: otlpUrl,
    ...Object.fromEntries(ports.map((name) => [`PRECEDENT_${name}`, '0'])),
  };
  const up = startCli(['up', '--data', 'data'], { cwd: folder, env });
  stack.defer(async () => {
    up.child.kill('SIGTERM');
    await up.exited;
  });
  const text = await up.wrote('\nready in ');
  const key = readFileSync(path.join(folder, 'data/gateway.key'), 'utf8').trim();
  const http = /^gateway +\S+ +(http:[^,]+),/m.exec(text)?.[1] ?? '';
  return { http, metrics: `http://127.0.0.1:${metricsPort}/metrics`, authorization: `Bearer ${key}` };
};

describe('the telemetry of the gateway', () => {
  it('has metrics of requests, and spans in the trace of the client, above those of the engine', async () => {
    const collector = await aCollector();
    const { http, metrics, authorization } = await startCell(collector.url);
    const headers = {
      authorization,
      'content-type': 'application/json',
      traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
    };
    const body = JSON.stringify({ command: 'true' });
    const answer = await fetch(`${http}/api/v1/tasks?wait=20s`, { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toMatchObject([200, { state: 'completed' }]);
    await vi.waitFor(() => {
      for (const program of ['precedent-gateway', 'precedent-engine'])
        expect([program, collector.exported(program)]).toEqual([program, true]);
    }, LIMIT);
    expect(await (await fetch(metrics)).text()).toContain(
      'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/api/v1/tasks",http_response_status_code="200"} 1',
    );
  });
});
