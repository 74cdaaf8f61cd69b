import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCli, startCli } from './cli.ts';
import type { RunningCli } from './cli.ts';
import { processesWith } from './programs.ts';
import type { Environment } from './programs.ts';

/** A place where `precedent up` can be tried. */
const place = () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-up-'));
  const mark = `up-${randomUUID()}`;
  const running: RunningCli[] = [];
  const clients: Client[] = [];
  const binary = process.env['PRECEDENT_TEST_NATS'];
  const given: Environment = {
    PRECEDENT_NATS_PORT: '0',
    ...(binary !== undefined && binary !== '' && { PRECEDENT_NATS_BINARY: binary }),
  };
  const up = (args: readonly string[] = [], env: Environment = {}): RunningCli => {
    const cli = startCli(['up', '--data', 'data', ...args], { cwd: folder, env: { ...given, ...env }, mark });
    running.push(cli);
    return cli;
  };
  const urlOf = async (cli: RunningCli): Promise<string> =>
    /^ready in [^:]+: (\S+),/m.exec(await cli.wrote('\nready in '))?.[1] ?? '';
  return {
    folder,
    mark,
    up,
    urlOf,
    client: async (cli: RunningCli): Promise<Client> => {
      const client = await connect({ servers: await urlOf(cli) });
      clients.push(client);
      return client;
    },
    end: async () => {
      for (const client of clients) await client.close();
      for (const { pid } of processesWith(mark)) kill(pid);
      for (const { child, exited } of running) {
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

/** Resolves when the port is free again. */
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

describe('precedent up', () => {
  const places: ReturnType<typeof place>[] = [];
  const setup = () => {
    const made = place();
    places.push(made);
    return made;
  };
  afterEach(async () => {
    for (const made of places.splice(0)) await made.end();
  });

  it('starts everything with one command, runs a task, and leaves no process at Ctrl-C', async () => {
    const { up, client: clientOf, urlOf, mark, folder } = setup();
    const cli = up();
    const client = await clientOf(cli);
    const { id } = await client.submit({ command: 'echo up' });
    expect(await client.result(id)).toMatchObject({ stdout: 'up\n' });
    // The launcher has become node: up, nats-server, engine and worker.
    expect(processesWith(mark).length).toBeGreaterThanOrEqual(4);
    const { port } = new URL(await urlOf(cli));
    cli.child.kill('SIGINT');
    expect((await cli.exited).code).toBe(0);
    expect(processesWith(mark)).toEqual([]);
    expect(await isFree(Number(port))).toBe(true);
    expect(existsSync(path.join(folder, 'data/precedent.lock'))).toBe(false);
  });

  it('keeps its data for the next start', async () => {
    const { up, client: clientOf } = setup();
    const first = up();
    const client = await clientOf(first);
    const { id } = await client.submit({ type: 'e2e.waits', name: 'patience' });
    first.child.kill('SIGTERM');
    expect((await first.exited).code).toBe(0);
    const again = await clientOf(up());
    expect(await again.get(id)).toMatchObject({ id, state: 'queued', name: 'patience' });
  });

  it('finishes running work at the first Ctrl-C, and ends it at the second', async () => {
    const { up, client: clientOf, mark } = setup();
    const cli = up();
    const client = await clientOf(cli);
    const { id } = await client.submit({
      command: 'echo begun; sleep 1000',
      env: { PRECEDENT_TEST_MARK: mark },
    });
    for await (const { text } of client.logs(id, { follow: true })) if (text.includes('begun')) break;
    const forcedAt = performance.now();
    cli.child.kill('SIGINT');
    await cli.wrote('worker      stopping');
    expect(processesWith(mark).some(({ command }) => command.includes('sleep 1000'))).toBe(true);
    cli.child.kill('SIGINT');
    expect((await cli.exited).code).toBe(130);
    expect(performance.now() - forcedAt).toBeLessThan(15_000);
    expect(processesWith(mark)).toEqual([]);
  });

  it('lets running work finish at Ctrl-C, and has its result afterwards', async () => {
    const { up, client: clientOf, folder } = setup();
    const cli = up();
    const client = await clientOf(cli);
    const gate = path.join(folder, 'gate');
    const { id } = await client.submit({
      command: `echo begun; while [ ! -e ${gate} ]; do sleep 0.05; done; echo finished`,
    });
    for await (const { text } of client.logs(id, { follow: true })) if (text.includes('begun')) break;
    cli.child.kill('SIGINT');
    await cli.wrote('worker      stopping');
    writeFileSync(gate, '');
    expect((await cli.exited).code).toBe(0);
    const again = await clientOf(up());
    expect(await again.get(id)).toMatchObject({
      state: 'completed',
      attempt: 1,
      result: { stdout: 'begun\nfinished\n' },
    });
  });

  it('restarts each killed part', async () => {
    const { up, client: clientOf, mark } = setup();
    const cli = up(['--slots', '3']);
    const client = await clientOf(cli);
    // A program runs from its bundle, or from its sources.
    for (const program of [/\/(apps|dist)\/engine\//, /\/(apps|dist)\/worker\//, /nats-server/]) {
      const victim = processesWith(mark).find(({ command }) => program.test(command));
      expect(victim, String(program)).toBeDefined();
      kill(victim?.pid ?? 0);
      await vi.waitFor(
        () => {
          const now = processesWith(mark).find(({ command }) => program.test(command));
          expect(now).toBeDefined();
          expect(now?.pid).not.toBe(victim?.pid);
        },
        { timeout: 15_000, interval: 50 },
      );
      const accepted = await client.submit({ command: 'echo again' }, { timeoutMs: 20_000 });
      expect(await client.result(accepted.id, { timeoutMs: 20_000 })).toMatchObject({ stdout: 'again\n' });
    }
  });

  it('refuses a data folder in use, and does not disturb its user', async () => {
    const { up, client: clientOf } = setup();
    const first = up();
    const client = await clientOf(first);
    const second = await up().exited;
    expect(second.code).toBe(73);
    expect(second.stderr).toContain('error DATA_IN_USE');
    expect(second.stderr).toContain(String(first.child.pid));
    const { id } = await client.submit({ command: 'echo still here' });
    expect(await client.result(id)).toMatchObject({ stdout: 'still here\n' });
  });

  it('refuses a data folder of a newer version, and does not touch it', async () => {
    const { up, folder } = setup();
    const label = '{"format":99,"version":"9.0.0","createdAt":"2030-01-01T00:00:00.000Z"}\n';
    mkdirSync(path.join(folder, 'data'));
    writeFileSync(path.join(folder, 'data/precedent.json'), label);
    const result = await up().exited;
    expect(result.code).toBe(78);
    expect(result.stderr).toContain('error DATA_TOO_NEW');
    expect(result.stderr).toContain('9.0.0');
    expect(readFileSync(path.join(folder, 'data/precedent.json'), 'utf8')).toBe(label);
    expect(existsSync(path.join(folder, 'data/precedent.lock'))).toBe(false);
  });

  it('reports which port is taken', async () => {
    const { up, mark } = setup();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const result = await up(['--port', String(port)]).exited;
    server.close();
    expect(result.code).toBe(73);
    expect(result.stderr).toContain(`error PORT_IN_USE: port ${port}`);
    expect(processesWith(mark)).toEqual([]);
  });

  it('ends the server that a killed `precedent up` left running, and continues with its data', async () => {
    const { up, client: clientOf, mark } = setup();
    const first = up();
    const client = await clientOf(first);
    const { id } = await client.submit({ type: 'e2e.waits' });
    first.child.kill('SIGKILL');
    await first.exited;
    // Its children notice; the server does not.
    const second = up();
    const again = await clientOf(second);
    expect(await again.get(id)).toMatchObject({ id, state: 'queued' });
    const servers = processesWith(mark).filter(({ command }) => command.includes('nats-server'));
    expect(servers).toHaveLength(1);
  });

  it.each([
    { what: 'a setting', env: { PRECEDENT_WORKER_LEASE: 'soon' }, code: 78, says: 'worker.lease' },
    {
      what: 'the server program',
      env: { PRECEDENT_NATS_BINARY: '/no/such/nats-server' },
      code: 69,
      says: 'BINARY_MISSING',
    },
    {
      what: 'the URL',
      env: { PRECEDENT_NATS_URL: 'nats://127.0.0.1:1' },
      code: 69,
      says: 'NATS_UNREACHABLE',
    },
  ])('reports $what, and leaves nothing running', async ({ env, code, says }) => {
    const { up, mark } = setup();
    const result = await up([], env).exited;
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(says);
    expect(processesWith(mark)).toEqual([]);
  });

  it('reports its steps to programs in JSON, one line each', async () => {
    const { up } = setup();
    const cli = up(['--json', '--no-worker']);
    await cli.wrote('"event":"ready"');
    cli.child.kill('SIGINT');
    const { code, stdout, stderr } = await cli.exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(expect.arrayContaining(['starting', 'started', 'ready', 'stopping', 'stopped']));
  });

  it('serves only clients with the token', async () => {
    const { up, urlOf, folder } = setup();
    const cli = up([], { PRECEDENT_NATS_TOKEN: 'open sesame' });
    const url = await urlOf(cli);
    const [withoutToken, withToken] = await Promise.all([
      runCli(['status', '-u', url], { cwd: folder }),
      runCli(['status', '-u', url], { cwd: folder, env: { PRECEDENT_NATS_TOKEN: 'open sesame' } }),
    ]);
    expect(withoutToken.code).toBe(77);
    expect(withToken.code).toBe(0);
    cli.child.kill('SIGINT');
    await cli.exited;
  });
});
