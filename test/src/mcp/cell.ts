import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { fieldOf } from '@precedent/kernel';
import { startCli } from '../e2e/cli.ts';

export const REVISION = '2026-07-28';
/** What a client declares that can follow tasks. */
export const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

/** A cell of `precedent up` with its gateway, in a folder of its own, and what agents need to reach it. */
export const startAgentCell = async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-mcp-'));
  const home = path.join(folder, 'home');
  mkdirSync(home);
  let { up, url } = await started(folder, home);
  const key = readFileSync(path.join(folder, 'data/gateway.key'), 'utf8').trim();
  const end = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
  };
  return {
    key,
    url: () => url,
    agent: async (): Promise<Client> => {
      const client = new Client({ name: 'test', version: '1' });
      const headers = { authorization: `Bearer ${key}` };
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
      return client;
    },
    /** One request of the protocol, of a client that can follow tasks unless its parameters say otherwise. */
    send: (method: string, params: unknown) => sent({ url, key }, method, params),
    /** All of it, on the same data. */
    restart: async (): Promise<void> => {
      await end();
      ({ up, url } = await started(folder, home));
    },
    stop: async (): Promise<void> => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const started = async (folder: string, home: string) => {
  const env = {
    HOME: home,
    PRECEDENT_NATS_PORT: '0',
    PRECEDENT_MONITORING_METRICS: 'false',
    PRECEDENT_VECTORIZER_ENABLED: 'false',
    PRECEDENT_GATEWAY_ENABLED: 'true',
    PRECEDENT_GATEWAY_HTTP_PORT: '0',
    PRECEDENT_GATEWAY_GRPC_PORT: '0',
    PRECEDENT_GATEWAY_MCP_PORT: '0',
  };
  const up = startCli(['up', '--data', 'data'], { cwd: folder, env });
  const text = await up.wrote('\nready in ');
  const [url = ''] = /http:\S+\/mcp/.exec(text) ?? [];
  return { up, url };
};

interface Endpoint {
  readonly url: string;
  readonly key: string;
}

const sent = async ({ url, key }: Endpoint, method: string, params: unknown) => {
  const name = fieldOf(params, 'taskId') ?? fieldOf(params, 'name');
  const meta = {
    'io.modelcontextprotocol/protocolVersion': REVISION,
    'io.modelcontextprotocol/clientCapabilities': TASKS,
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': REVISION,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: meta, ...(params as object) } }),
  });
  return (await response.json()) as { readonly result?: unknown; readonly error?: unknown };
};
