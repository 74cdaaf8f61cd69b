import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startCli } from '../e2e/cli.ts';

/** A cell of `precedent up` with its gateway, in a folder of its own, and what agents need to reach it. */
export const startAgentCell = async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-mcp-'));
  const home = path.join(folder, 'home');
  mkdirSync(home);
  const env = {
    HOME: home,
    PRECEDENT_NATS_PORT: '0',
    PRECEDENT_MONITORING_METRICS: 'false',
    PRECEDENT_VECTORIZER_ENABLED: 'false',
    PRECEDENT_GATEWAY_ENABLED: 'true',
    PRECEDENT_GATEWAY_HTTP_PORT: '0',
    PRECEDENT_GATEWAY_MCP_PORT: '0',
  };
  const up = startCli(['up', '--data', 'data'], { cwd: folder, env });
  const text = await up.wrote('\nready in ');
  const [url = ''] = /http:\S+\/mcp/.exec(text) ?? [];
  const key = readFileSync(path.join(folder, 'data/gateway.key'), 'utf8').trim();
  const agent = async (): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${key}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
    return client;
  };
  const stop = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, key, agent, stop };
};
