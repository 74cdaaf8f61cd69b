import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli, startCli } from './cli.ts';
import type { RunningCli } from './cli.ts';
import { processesWith } from './programs.ts';

const URL = /ready in .*?: (\S+),/;

/** Machines of one cell: each with a folder of its own. */
const machines = () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-machines-'));
  const mark = `machines-${randomUUID()}`;
  const running: RunningCli[] = [];
  onTestFinished(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await vi.waitFor(() => expect(processesWith(mark)).toEqual([]), { timeout: 20_000 });
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (machine: string, args: readonly string[], config = 'monitoring: {metrics: false}\n') => {
    const cwd = path.join(folder, machine);
    mkdirSync(cwd, { recursive: true });
    writeFileSync(path.join(cwd, 'precedent.yaml'), config);
    const cli = startCli(args, { cwd, mark });
    running.push(cli);
    return cli;
  };
  return { start };
};

/** The first machine, with a server on a free port. */
const firstMachine = async (start: ReturnType<typeof machines>['start'], args: readonly string[]) => {
  const first = start('a', ['up', '--port', '0', ...args]);
  const url = URL.exec(await first.wrote('ready in '))?.[1] ?? '';
  const client = await connect({ servers: url });
  onTestFinished(() => client.close());
  return { first, url, client };
};

describe('a second machine', () => {
  it('joins with a worker that accepts tasks at once, a standby engine, and no second history', async () => {
    const { start } = machines();
    const { url, client } = await firstMachine(start, ['--no-worker']);
    const second = start('b', ['up', '--url', url, '--slots', '2']);
    const text = await second.wrote('ready in ');
    expect(text).toMatch(/^engine .*standing by: /m);
    expect(text).toContain('history: none is started here, because this cell has one already');
    const { id } = await client.submit({ command: 'echo from the second machine' });
    expect(await client.result(id)).toMatchObject({ stdout: 'from the second machine\n' });
    expect(await client.workers()).toMatchObject([{ slots: 2 }]);
    const { stdout } = await runCli(['status', '-u', url], { cwd: os.tmpdir() });
    expect(stdout).toMatch(/^standby +\S+/m);
    second.child.kill('SIGINT');
    expect((await second.exited).code).toBe(0);
  });

  it('runs each program by a command of its own, and its engine takes over', async () => {
    const { start } = machines();
    const server = start('a', ['up', '--only', 'nats', '--port', '0']);
    const url = URL.exec(await server.wrote('ready in '))?.[1] ?? '';
    const first = start('b', ['engine', '--url', url]);
    await first.wrote('ready in ');
    const [second, worker, history] = [
      start('c', ['engine', '--url', url]),
      start('d', ['worker', '--url', url, '--slots', '1']),
      start('e', ['history', '--url', url]),
    ];
    await Promise.all([second.wrote('standing by'), worker.wrote('ready in '), history.wrote('ready in ')]);
    first.child.kill('SIGKILL');
    await second.wrote('engine running');
    const client = await connect({ servers: url });
    onTestFinished(() => client.close());
    const { id } = await client.submit({ command: 'echo taken over' }, { timeoutMs: 20_000 });
    expect(await client.result(id, { timeoutMs: 20_000 })).toMatchObject({ stdout: 'taken over\n' });
    expect((await client.history.status()).state).toBe('following');
  });

  it('does not share its data folder with a program of the same kind', async () => {
    const { start } = machines();
    const { url } = await firstMachine(start, []);
    const { code, stderr } = await start('a', ['history', '--url', url]).exited;
    expect(code).toBe(73);
    expect(stderr).toContain('error DATA_IN_USE');
  });
});
