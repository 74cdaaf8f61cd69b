import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { CLIENT_ID, browserOf, startProvider } from '../access/provider.ts';
import { endClis, runCli, startCli } from './cli.ts';
import type { CliResult, RunningCli } from './cli.ts';

afterEach(endClis);

/** `precedent up` with a provider that is trusted, and command lines of different users. */
const setup = async (provider: { readonly issuer: string }) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-openid-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const issuers = [{ issuer: provider.issuer, audience: CLIENT_ID, algorithms: ['ES256'] }];
  const up = startCli(['up', '--data', 'data'], {
    cwd: folder,
    env: {
      PRECEDENT_NATS_PORT: '0',
      PRECEDENT_MONITORING_METRICS: 'false',
      PRECEDENT_VECTORIZER_ENABLED: 'false',
      PRECEDENT_GATEWAY_ENABLED: 'true',
      PRECEDENT_GATEWAY_HTTP_PORT: '0',
      PRECEDENT_GATEWAY_GRPC_PORT: '0',
      PRECEDENT_GATEWAY_MCP_PORT: '0',
      PRECEDENT_ACCESS_REQUIRED: 'true',
      PRECEDENT_ACCESS_ISSUERS: JSON.stringify(issuers),
    },
  });
  const text = await up.wrote('\nready in ');
  const url = /^ready in [^:]+: (\S+),/m.exec(text)?.[1] ?? '';
  const http = /^gateway +\S+ +(http:[^,\s]+)/m.exec(text)?.[1] ?? '';
  const userOf = (name: string) => {
    const home = path.join(folder, name);
    mkdirSync(home);
    // The admin of this machine is who can read its data folder.
    const data = path.join(folder, name === 'admin' ? 'data' : 'none');
    const env = { HOME: home, PRECEDENT_STORAGE_DATA_DIR: data, PRECEDENT_NAMESPACE: 'acme' };
    return {
      file: path.join(home, '.config/precedent/keys.json'),
      run: (...args: string[]): Promise<CliResult> => runCli(['-u', url, ...args], { cwd: folder, env }),
      start: (...args: string[]): RunningCli => startCli(['-u', url, ...args], { cwd: folder, env }),
    };
  };
  return { up, http, admin: userOf('admin'), ada: userOf('ada') };
};

it('logs a person in at a provider, whose token submits and reads until its grant is removed', async () => {
  // The command line takes a token that ends within a minute for one that has ended, and refreshes it.
  const provider = await startProvider({ idTokenSeconds: 30 });
  const { up, http, admin, ada } = await setup(provider);
  const principal = `${provider.issuer}#ada`;

  const login = ada.start('login', '--issuer', provider.issuer, '--client-id', CLIENT_ID);
  const [, address = ''] = /\n(http\S+)\n/.exec(await login.wrote('&nonce=')) ?? [];
  await browserOf('ada').logIn(address);
  const { code, stderr } = await login.exited;
  expect([code, stderr]).toEqual([0, expect.stringContaining(`the login of ${principal} is stored for `)]);
  expect(statSync(ada.file).mode & 0o777).toBe(0o600);
  const tokenIn = (): string =>
    (Object.values(JSON.parse(readFileSync(ada.file, 'utf8')) as object)[0] as { idToken: string }).idToken;
  const first = tokenIn();

  const without = await ada.run('list');
  expect([without.code, without.stderr]).toEqual([77, expect.stringContaining('UNAUTHENTICATED')]);
  const overHttp = (token: string): Promise<Response> =>
    fetch(`${http}/api/v1/tasks/acme--own`, { headers: { authorization: `Bearer ${token}` } });
  const refused = await overHttp(first);
  expect([refused.status, await refused.text()]).toEqual([
    401,
    expect.stringContaining(`no grant (${principal})`),
  ]);
  await up.wrote(`"detail":"${principal}"`);
  expect((await admin.run('grants', 'add', principal, 'operator', '--namespace', 'acme')).code).toBe(0);
  // Each program of the cell learns of a grant by itself, within a second.
  await vi.waitFor(async () => expect((await ada.run('history', 'list')).code).toBe(0), { timeout: 10_000 });
  const own = await ada.run('run', '--id', 'acme--own', '--', 'echo', 'mine');
  expect([own.code, own.stdout + own.stderr]).toEqual([0, expect.stringContaining('mine')]);
  expect((await ada.run('get', 'acme--own', '--json')).stdout).toContain(`"submittedBy": "${principal}"`);
  expect(tokenIn()).not.toBe(first);
  expect(await (await overHttp(tokenIn())).json()).toMatchObject({ submittedBy: principal });
  expect((await overHttp(`${tokenIn()}x`)).status).toBe(401);
  expect((await ada.run('history', 'list')).stdout).toContain('acme--own');

  const browser = browserOf('ada');
  expect((await browser.logIn(`${http}/login`)).status).toBe(200);
  const seen = await browser.request(`${http}/api/v1/tasks/acme--own`);
  expect([seen.status, await seen.json()]).toMatchObject([200, { submittedBy: principal }]);

  expect((await admin.run('grants', 'add', principal, 'admin', '--namespace', '*')).code).toBe(0);
  expect((await ada.run('audit', 'tail')).stdout).toContain(principal);
  const grants = JSON.parse((await admin.run('grants', 'list', principal, '--json')).stdout) as {
    id: string;
  }[];
  for (const { id } of grants) expect((await admin.run('grants', 'remove', id)).code).toBe(0);
  expect((await ada.run('list')).code).toBe(77);

  await provider.stop();
  const late = await ada.run('list');
  expect([late.code, late.stderr]).toEqual([69, expect.stringContaining('ISSUER_UNREACHABLE')]);
  up.child.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);
});
