import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCli } from './cli.ts';
import type { RunningCli } from './cli.ts';
import { canSeeProcesses, processesWith } from './programs.ts';

const TOKEN = 'token-of-a-test-7f3a';
const MARK = `private-${process.pid}`;
const OTHERS = 0o077;

/** Every file and folder below a folder that others than its owner have a right to. Lists again when one was removed meanwhile. */
const openToOthers = (folder: string): Promise<string[]> =>
  vi.waitFor(() =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => (lstatSync(path.join(folder, name)).mode & OTHERS) !== 0,
    ),
  );

describe.skipIf(!canSeeProcesses)('precedent up', () => {
  let folder: string;
  let up: RunningCli;
  let client: Client;
  const data = (): string => path.join(folder, 'data');

  const start = async (): Promise<void> => {
    up = startCli(['up', '--data', 'data'], {
      cwd: folder,
      mark: MARK,
      env: {
        PRECEDENT_NATS_TOKEN: TOKEN,
        PRECEDENT_NATS_PORT: '0',
        PRECEDENT_MONITORING_METRICS: 'false',
        PRECEDENT_VECTORIZER_ENABLED: 'true',
        HOME: path.join(folder, 'home'),
        // Libraries report nothing to their makers where it is set.
        CI: undefined,
      },
    });
    const url = /^ready in [^:]+: (\S+),/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
    client = await connect({ servers: url, token: TOKEN });
  };
  const stop = async (): Promise<void> => {
    up.child.kill('SIGTERM');
    await up.exited;
    await client.close();
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-private-'));
    mkdirSync(path.join(folder, 'home'));
    await start();
  }, 180_000);
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const outputOf = async (command: string): Promise<string> => {
    const { id } = await client.submit({ command, cwd: folder });
    return ((await client.result(id, { timeoutMs: 30_000 })) as { stdout: string }).stdout;
  };

  const qdrantKey = (): string => readFileSync(path.join(data(), 'vectorizer/qdrant/api-key'), 'utf8').trim();

  it('shows no credential in the environment or the command line of any of its processes', async () => {
    const seen = processesWith(MARK);
    expect(seen.length).toBeGreaterThan(5);
    const leaking = (secret: string): string[] => {
      const pids = new Set(processesWith(secret).map(({ pid }) => pid));
      return seen.filter(({ pid }) => pids.has(pid)).map(({ command }) => command);
    };
    for (const secret of [TOKEN, qdrantKey()]) expect(leaking(secret)).toEqual([]);
  });

  it('hides the settings of its worker from the environment of a task', async () => {
    const environ = await outputOf(`tr '\\0' '\\n' < /proc/$PPID/environ`);
    expect(environ).toContain(`PRECEDENT_TEST_MARK=${MARK}`);
    expect(environ.match(/^PRECEDENT_\w+/gm)?.toSorted()).toEqual([
      'PRECEDENT_SETTINGS',
      'PRECEDENT_TEST_MARK',
    ]);
  });

  it('lets its Qdrant answer only with its key', async () => {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await up.wrote('http://'))?.[0] ?? '';
    const ask = (headers: Record<string, string>) => fetch(`${url}/collections`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ 'api-key': qdrantKey() })).status).toBe(200);
    await vi.waitFor(() => client.search.find('anything'), { timeout: 60_000, interval: 500 });
  }, 90_000);

  it('leaves nothing in the home folder of the user, also when a model was used', async () => {
    await vi.waitFor(async () => expect((await client.search.find('anything')).semantic).toBe(true), {
      timeout: 60_000,
      interval: 500,
    });
    expect(readdirSync(path.join(folder, 'home'))).toEqual([]);
  }, 90_000);

  it('creates the files of a task with the umask of the user', async () => {
    const made = await outputOf('umask; mkdir made; touch made/file; stat -c %a made made/file');
    const [umask = '', dir, file] = made.trim().split('\n');
    expect(Number.parseInt(umask, 8)).toBe(process.umask());
    expect([dir, file]).toEqual([
      (0o777 & ~process.umask()).toString(8),
      (0o666 & ~process.umask()).toString(8),
    ]);
  });

  it('protects its data folder from other users, also one that was open', async () => {
    await outputOf('true');
    expect(await openToOthers(data())).toEqual([]);
    expect(lstatSync(data()).mode & 0o777).toBe(0o700);
    await stop();
    for (const name of ['', 'history', 'history/history.db', 'nats', 'vectorizer', 'precedent.json'])
      chmodSync(path.join(data(), name), lstatSync(path.join(data(), name)).mode | 0o055);
    await start();
    expect(await openToOthers(data())).toEqual([]);
    expect(lstatSync(data()).mode & 0o777).toBe(0o700);
  }, 120_000);
});
