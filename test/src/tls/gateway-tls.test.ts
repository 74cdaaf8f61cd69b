import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { hasOpenssl, replaceCertificate, testAuthority } from '@precedent/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startCli } from '../e2e/cli.ts';
import { rpcClient } from '../grpc/rpc-client.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-gateway-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The status of an answer over a connection of its own. Rejects where the certificate is not trusted. */
const statusOf = (url: string, ca: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(ca), agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).once('error', reject);
  });

/** The code with which a call without a key fails, over a connection of its own. */
const rpcCode = (url: string, ca: string): Promise<Code> =>
  rpcClient(url, 'none', { nodeOptions: { ca: readFileSync(ca) } })
    .call('task.status', {})
    .then(
      () => Promise.reject(new Error('answered')),
      (error: unknown) => ConnectError.from(error).code,
    );

const settingsOf = (files: { readonly cert: string; readonly key: string }) => ({
  PRECEDENT_GATEWAY_ENABLED: 'true',
  PRECEDENT_GATEWAY_HTTP_PORT: '0',
  PRECEDENT_GATEWAY_GRPC_PORT: '0',
  PRECEDENT_GATEWAY_MCP_PORT: '0',
  PRECEDENT_GATEWAY_TLS_CERT: files.cert,
  PRECEDENT_GATEWAY_TLS_KEY: files.key,
});

describe.skipIf(!hasOpenssl)('TLS of the gateway (needs the openssl program)', () => {
  it('is all that it serves, HTTP and tools, and takes renewed certificates without a restart', async () => {
    const folder = newFolder();
    const [authority, other] = [testAuthority(folder), testAuthority(folder, 'other')];
    const own = authority.issue('gateway', { hosts: ['127.0.0.1'] });
    const args = ['up', '--only', 'nats,gateway', '--port', '0', '--data', 'data'];
    const up = startCli(args, { cwd: folder, env: settingsOf(own) });
    onTestFinished(async () => {
      up.child.kill('SIGTERM');
      await up.exited;
    });
    const text = await up.wrote('\nready in ');
    const [, http = '', grpc = '', mcp = ''] =
      /^gateway +\S+ +(https:\S+),\s+gRPC\s+(https:\S+),\s+MCP\s+(https:\S+),/m.exec(text) ?? [];
    expect(await statusOf(`${http}/readyz`, authority.ca)).toBe(200);
    expect(await statusOf(mcp, authority.ca)).toBe(401);
    expect(await rpcCode(grpc, authority.ca)).toBe(Code.Unauthenticated);
    expect(await rpcCode(grpc, other.ca)).toBe(Code.Internal);
    await expect(statusOf(`${http}/readyz`, other.ca)).rejects.toThrow(/certificate/);
    await expect(fetch(`${http.replace('https', 'http')}/readyz`)).rejects.toThrow();
    const renewed = other.issue('gateway', { hosts: ['127.0.0.1'] });
    writeFileSync(own.cert, 'half a file');
    await up.wrote(`not used: gateway.tls.cert: ${own.cert} holds no certificate`);
    expect(await statusOf(`${http}/readyz`, authority.ca)).toBe(200);
    replaceCertificate(own, renewed);
    await vi.waitFor(() => statusOf(mcp, other.ca), { timeout: 10_000 });
    expect(await statusOf(`${http}/readyz`, other.ca)).toBe(200);
    expect(await rpcCode(grpc, other.ca)).toBe(Code.Unauthenticated);
  });

  it('needs a certificate and its own key, and says what is wrong', async () => {
    const folder = newFolder();
    const authority = testAuthority(folder);
    const [own, foreign] = ['own', 'foreign'].map((name) => authority.issue(name, { hosts: ['127.0.0.1'] }));
    const refused = async (cert = '', key = ''): Promise<string> => {
      const args = ['up', '--only', 'nats,gateway', '--port', '0', '--data', 'data'];
      const up = startCli(args, { cwd: folder, env: settingsOf({ cert, key }) });
      const text = await up.wrote('no gateway: ');
      up.child.kill('SIGTERM');
      await up.exited;
      return text.replaceAll(`${folder}/`, '');
    };
    expect(await refused(own?.cert)).toContain('gateway.tls.key: is missing');
    expect(await refused(own?.cert, foreign?.key)).toContain('does not belong to the certificate');
  });
});
