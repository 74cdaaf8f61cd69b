import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endClis, runCli, startCli } from './cli.ts';
import type { CliResult, RunningCli } from './cli.ts';

const COMMON = {
  PRECEDENT_NATS_PORT: '0',
  PRECEDENT_MONITORING_METRICS: 'false',
  PRECEDENT_VECTORIZER_ENABLED: 'false',
};

describe('a cell that requires keys', () => {
  let folder: string;
  let up: RunningCli;
  let url: string;
  const home = (): string => path.join(folder, 'home');
  const start = async (required: boolean): Promise<void> => {
    const env = { ...COMMON, PRECEDENT_ACCESS_REQUIRED: String(required), HOME: home() };
    up = startCli(['up', '--data', 'data'], { cwd: folder, env });
    url = /^ready in [^:]+: (\S+),/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
  };
  const stop = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
  };
  /** As the person at this machine, unless a key is named. */
  const cli = (args: string[], key?: string, stdin = ''): Promise<CliResult> =>
    runCli(['-u', url, ...args], {
      cwd: folder,
      stdin,
      env: {
        HOME: home(),
        PRECEDENT_STORAGE_DATA_DIR: key === undefined ? path.join(folder, 'data') : path.join(folder, 'none'),
        ...(key !== undefined && { PRECEDENT_NATS_TOKEN: key, PRECEDENT_NAMESPACE: 'acme' }),
      },
    });
  const keyOf = async (principal: string): Promise<string> =>
    (await cli(['keys', 'create', principal])).stdout.trim();
  const idOf = (key: string): string => key.split('_')[1] ?? '';

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-access-'));
    mkdirSync(home());
  });
  afterEach(endClis);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps its tasks when keys become required and when they no longer are, and lets only keys in', async () => {
    await start(false);
    expect((await cli(['run', '--id', 'before', '--', 'true'])).code).toBe(0);
    await stop();
    await start(true);
    expect((await cli(['get', 'before'])).stdout).toContain('completed');
    expect(statSync(path.join(folder, 'data/admin.key')).mode & 0o777).toBe(0o600);
    const unknown = await cli(['list'], 'prec_0000000000_0');
    expect([unknown.code, unknown.stderr]).toEqual([77, expect.stringContaining('UNAUTHENTICATED')]);

    const ann = await keyOf('ann');
    expect(readFileSync(path.join(folder, 'data/admin.key'), 'utf8').trim()).not.toBe(ann);
    expect((await cli(['submit', '--', 'true'], ann)).code).not.toBe(0);
    expect((await cli(['grants', 'add', 'ann', 'operator', '--namespace', 'acme'])).code).toBe(0);
    const own = await cli(['run', '--id', 'acme--own', '--', 'echo', 'mine'], ann);
    expect([own.code, own.stdout + own.stderr]).toEqual([0, expect.stringContaining('mine')]);
    expect((await cli(['list'], ann)).stdout).not.toContain('before');
    expect((await cli(['get', 'before'], ann)).stderr).toContain('TASK_NOT_FOUND');
    expect((await cli(['keys', 'list'], ann)).code).not.toBe(0);
    expect((await cli(['keys', 'list'])).stdout).not.toContain(ann.split('_')[2] ?? 'no secret');

    const next = (await cli(['keys', 'rotate', idOf(ann), '--overlap', '1h'])).stdout.trim();
    for (const key of [ann, next]) expect((await cli(['list'], key)).code).toBe(0);
    expect((await cli(['keys', 'revoke', idOf(ann)])).code).toBe(0);
    expect((await cli(['list'], ann)).code).toBe(77);
    expect((await cli(['list'], next)).code).toBe(0);

    await stop();
    await start(false);
    expect((await cli(['get', 'acme--own'])).stdout).toContain('completed');
    await stop();
  });

  it('takes the work and the output of a worker with a key of its own', async () => {
    await start(true);
    const [runner, ann] = [await keyOf('runner'), await keyOf('bob')];
    await cli(['grants', 'add', 'runner', 'worker', '--namespace', '*', '--pool', 'theirs']);
    await cli(['grants', 'add', 'bob', 'operator', '--namespace', 'acme']);
    const client = await connect({ servers: url, token: runner });
    const worker = client.worker({
      name: 'runner',
      pools: ['theirs'],
      handlers: {
        greet: async (_, { log }) => {
          log('stdout', 'hello');
          return 'done';
        },
      },
    });
    await worker.start();
    const submitter = await connect({ servers: url, token: ann, namespace: 'acme' });
    const { id } = await submitter.submit({ type: 'greet', pool: 'theirs' });
    expect(await submitter.result(id)).toBe('done');
    expect((await cli(['logs', id], ann)).stdout).toBe('hello');
    await worker.stop();
    await Promise.all([client.close(), submitter.close()]);
    await stop();
  });

  it('lets an admin of a namespace manage its own, and has all of it in the trail', async () => {
    await start(true);
    const admin = readFileSync(path.join(folder, 'data/admin.key'), 'utf8').trim();
    expect(
      await cli(['grants', 'add', 'chief', 'admin', '--namespace', 'acme', '--band', 'high']),
    ).toMatchObject({ code: 0 });
    const chief = await keyOf('chief');
    const bot = await cli(['keys', 'create', 'acme--bot'], chief);
    expect([bot.code, bot.stdout.trim()]).toEqual([0, expect.stringMatching(/^prec_/)]);
    const adding = ['grants', 'add', 'acme--bot', 'operator', '--namespace', 'acme'];
    expect(await cli(adding, chief)).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('highestBand'),
    });
    expect(await cli([...adding, '--band', 'high'], chief)).toMatchObject({ code: 0 });
    // The engine has the grant at once; the other services within a second.
    expect(await cli(['submit', '--band', 'high', '--', 'true'], bot.stdout.trim())).toMatchObject({
      code: 0,
    });
    expect(await cli(['keys', 'revoke', idOf(admin)], chief)).toMatchObject({ code: 66 });
    expect((await cli(['keys', 'list'], chief)).stdout).not.toContain(idOf(admin));

    const tail = await cli(['audit', 'tail', '--limit', '100']);
    expect(tail.stdout).toMatch(
      /allowed {2}access\.addGrant {2}local-admin .* {2}admin of acme\/\*, up to high {2}from 127\.0\.0\.1$/m,
    );
    expect(tail.stdout).toMatch(/allowed {2}access\.createKey {2}chief .* acme--bot {2}from /m);
    expect(tail.stdout).toMatch(/refused {2}FORBIDDEN {2}access\.addGrant {2}chief .* acme--bot {2}from /m);
    expect(tail.stdout).toMatch(/refused {2}ACCESS_NOT_FOUND {2}access\.revokeKey {2}chief /m);
    for (const key of [chief, bot.stdout.trim()]) expect(tail.stdout).not.toContain(key.split('_')[2]);
    expect((await cli(['audit', 'tail', '--limit', '100'], admin)).stdout).toBe(tail.stdout);
    expect(await cli(['audit', 'verify'], admin)).toMatchObject({ code: 0 });
    expect(await cli(['audit', 'tail'], chief)).toMatchObject({ code: 77 });
    expect(await cli(['list'], `${bot.stdout.trim().slice(0, -1)}_`)).toMatchObject({ code: 77 });
    expect((await cli(['audit', 'tail'])).stdout).toMatch(
      /UNAUTHENTICATED {2}connect .* not a key {2}from 127/,
    );
    for (const command of [['verify'], ['journal', 'check']]) {
      expect(await cli(command)).toMatchObject({ code: 0 });
      expect(await cli(command, chief)).toMatchObject({
        code: 77,
        stderr: expect.stringContaining('FORBIDDEN'),
      });
    }
    await stop();
  });

  it('refuses to listen off loopback without a credential, and says what to set', async () => {
    const env = { ...COMMON, PRECEDENT_NATS_HOST: '0.0.0.0' };
    const refused = await runCli(['up', '--data', 'open'], { cwd: folder, env });
    expect(refused.code).toBe(78);
    expect(refused.stderr).toMatch(/nats\.host: .*set access\.required, or nats\.token/);
  });

  it('stores the key of a login for the user only', async () => {
    const key = 'prec_0000000000_0000000000000000000000000000000000000000000000000';
    const env = { HOME: home() };
    const bad = await runCli(['login'], { cwd: folder, env, stdin: `${key}\n` });
    expect([bad.code, bad.stderr]).toEqual([77, expect.stringContaining('checksum')]);
  });
});
