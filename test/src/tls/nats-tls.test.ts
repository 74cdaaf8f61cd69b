import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import { connectOptionsOf, envNameOf, loadConfig, natsOptionsOf } from '@precedent/config';
import { connectNats, linkStateOf } from '@precedent/nats';
import { hasOpenssl, replaceCertificate, testAuthority } from '@precedent/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startCli } from '../e2e/cli.ts';
import type { RunningCli } from '../e2e/cli.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

type Settings = Readonly<Record<string, unknown>>;

const configWith = (folder: string, overrides: Settings) => loadConfig({ cwd: folder, env: {}, overrides });

/** The NATS server of `precedent up`, with these files. */
const launch = (folder: string, tls: Settings): RunningCli => {
  const env = Object.entries(tls).map(([key, value]) => [envNameOf(key), String(value)] as const);
  const up = startCli(['up', '--only', 'nats', '--port', '0', '--data', 'data'], {
    cwd: folder,
    env: Object.fromEntries(env),
  });
  onTestFinished(async () => {
    up.child.kill('SIGTERM');
    await up.exited;
  });
  return up;
};

const setup = async (more: Settings = {}) => {
  const folder = newFolder();
  const authority = testAuthority(folder);
  const own = authority.issue('server', { hosts: ['127.0.0.1'] });
  const tls = { 'nats.tls.ca': authority.ca, 'nats.tls.cert': own.cert, 'nats.tls.key': own.key };
  const up = launch(folder, { ...tls, ...more });
  const url = /^ready in [^:]+: ([^\s,]+)/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
  /** The configuration of a client with other files. */
  const client = (files: Settings) => configWith(folder, { 'nats.url': url, ...files });
  return { folder, authority, own, tls, client, url, up };
};

const connected = async (config: ReturnType<typeof configWith>) => {
  const nc = await connectNats(natsOptionsOf(config, 'test'));
  onTestFinished(() => nc.close());
  return nc;
};

describe.skipIf(!hasOpenssl)('TLS of the own NATS server (needs the openssl program)', () => {
  it('serves our programs and the SDK, which know its authority', async () => {
    const { client, tls, url } = await setup();
    expect(url).toMatch(/^tls:/);
    const nc = await connected(client(tls));
    expect(nc.info?.tls_required).toBe(true);
    const sdk = await connect(connectOptionsOf(client({ 'nats.tls.ca': tls['nats.tls.ca'] }), 'cli'));
    await sdk.close();
  });

  it('is refused by clients that know another authority, with the file that they trust', async () => {
    const { folder, client } = await setup();
    const other = testAuthority(folder, 'other');
    const config = client({ 'nats.tls.ca': other.ca });
    await expect(connected(config)).rejects.toMatchObject({
      code: 'NATS_UNREACHABLE',
      message: expect.stringContaining(`none of the authorities in ${other.ca} (nats.tls.ca)`) as string,
    });
    await expect(connect(connectOptionsOf(config, 'cli'))).rejects.toMatchObject({
      code: 'NATS_UNREACHABLE',
      message: expect.stringContaining(`none of the authorities in ${other.ca} (tls.caFile)`) as string,
    });
  });

  it('requires certificates of clients when it shall verify them', async () => {
    const { client, tls, folder } = await setup({ 'nats.tls.verify': true });
    await connected(client(tls));
    const without = connected(client({ 'nats.tls.ca': tls['nats.tls.ca'] }));
    await expect(without).rejects.toThrow(/\brequires a certificate of the client/);
    const foreign = testAuthority(folder, 'foreign').issue('client', { hosts: ['c'] });
    const files = { ...tls, 'nats.tls.cert': foreign.cert, 'nats.tls.key': foreign.key };
    await expect(connected(client(files))).rejects.toThrow(/the server (refuses|ended) the connection/);
  });

  it('takes renewed certificates without a restart, and keeps the connections that there are', async () => {
    const { folder, own, authority, client, tls, up } = await setup();
    const before = await connected(client(tls));
    const other = testAuthority(folder, 'other');
    const toOther = client({ 'nats.tls.ca': other.ca });
    await expect(connected(toOther)).rejects.toThrow('none of the authorities');
    // A client follows a renewed authority too: it reads its file for each connection.
    const renewed = other.issue('server', { hosts: ['127.0.0.1'] });
    writeFileSync(own.cert, 'half a file');
    await up.wrote(`not used: nats.tls.cert: ${own.cert} holds no certificate`);
    replaceCertificate(own, renewed);
    await up.wrote('are used for new connections');
    // The server reads them after the signal, when it comes to it.
    await vi.waitFor(() => connected(toOther), { timeout: 10_000 });
    expect(before.isClosed()).toBe(false);
    await before.flush();
    copyFileSync(other.ca, authority.ca);
    const isBack = Promise.withResolvers<void>();
    linkStateOf(before).onUp(isBack.resolve);
    await before.reconnect();
    await isBack.promise;
    await before.flush();
  });
});

describe.skipIf(!hasOpenssl)('the files of nats.tls (need the openssl program)', () => {
  const refused = async (files: (folder: string) => Settings): Promise<string> => {
    const folder = newFolder();
    const { code, stderr } = await launch(folder, files(folder)).exited;
    expect(code).toBe(78);
    return stderr.replaceAll(`${folder}/`, '').replaceAll(/\s+/g, ' ');
  };

  const filesOf = (ca: string, { cert, key }: { cert: string; key: string }): Settings => ({
    'nats.tls.ca': ca,
    'nats.tls.cert': cert,
    'nats.tls.key': key,
  });

  it('must exist', async () => {
    const message = await refused(() => filesOf('no-ca.pem', { cert: 'no.pem', key: 'no.key' }));
    expect(message).toContain(
      'nats.tls.ca: no-ca.pem does not exist; nats.tls.cert: no.pem does not exist; nats.tls.key: no.key does not exist',
    );
  });

  it('must belong together', async () => {
    const message = await refused((folder) => {
      const authority = testAuthority(folder);
      const { cert } = authority.issue('a', { hosts: ['127.0.0.1'] });
      return filesOf(authority.ca, { cert, key: authority.issue('b', { hosts: ['127.0.0.1'] }).key });
    });
    expect(message).toContain(
      'nats.tls.key: ca-b.key does not belong to the certificate in ca-a.pem (nats.tls.cert)',
    );
  });

  it('must not have expired', async () => {
    const message = await refused((folder) => {
      const authority = testAuthority(folder);
      return filesOf(authority.ca, authority.issue('old', { hosts: ['127.0.0.1'], days: -1 }));
    });
    expect(message).toMatch(/nats\.tls\.cert: ca-old\.pem expired on 20/);
  });

  it('must name the host at which the server is reached', async () => {
    const message = await refused((folder) => {
      const authority = testAuthority(folder);
      return filesOf(authority.ca, authority.issue('far', { hosts: ['nats.example.org'] }));
    });
    expect(message).toContain(
      'nats.tls.cert: ca-far.pem names DNS:nats.example.org, and our programs reach the server at 127.0.0.1 (nats.host)',
    );
  });

  it('must be good for clients too when the server verifies them', async () => {
    const message = await refused((folder) => {
      const authority = testAuthority(folder);
      const limited = authority.issue('limited', { hosts: ['127.0.0.1'], use: 'serverAuth' });
      return { ...filesOf(authority.ca, limited), 'nats.tls.verify': true };
    });
    expect(message).toContain('nats.tls.cert: ca-limited.pem is for servers only');
  });
});
