import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ListReply, TaskView } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endClis, runCli, startCli } from './cli.ts';
import type { CliResult } from './cli.ts';
import { ROOT, processesWith } from './programs.ts';
import { readyWorld } from './world.ts';
import type { World } from './world.ts';

describe('the command line', () => {
  let world: World;
  beforeAll(async () => {
    world = await readyWorld();
  });
  afterAll(async () => {
    endClis();
    await world[Symbol.asyncDispose]();
  });

  /** Every command, against this world's server. */
  const precedent = (command: string, ...args: readonly string[]): Promise<CliResult> =>
    runCli([command, '-u', world.nats.url, ...args], { cwd: world.folder });

  it('submits a command, and shows the task, its log and its line in the list', async () => {
    const submitted = await precedent('submit', '--name', 'greeting', '--', 'echo', 'hello   world');
    expect(submitted).toMatchObject({ code: 0, stderr: '' });
    const id = submitted.stdout.trim();
    await world.client.wait(id);
    const [shown, logs, listed] = await Promise.all([
      precedent('get', id),
      precedent('logs', id),
      precedent('list', '--state', 'completed'),
    ]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^state +completed$/m);
    expect(shown.stdout).toMatch(/^name +greeting$/m);
    expect(logs).toEqual({ code: 0, stdout: 'hello   world\n', stderr: '' });
    expect(listed.stdout).toContain(id);
  });

  it('answers programs in JSON', async () => {
    const submitted = await precedent('submit', '--json', '--band', 'high', '--', 'echo json');
    const { id, door } = JSON.parse(submitted.stdout) as { id: string; door: string };
    expect(door).toBe('ask');
    await world.client.wait(id);
    const [shown, listed, status, workers] = await Promise.all([
      precedent('get', '--json', id),
      precedent('list', '--json', '--band', 'high'),
      precedent('status', '--json'),
      precedent('workers', '--json'),
    ]);
    expect(JSON.parse(shown.stdout) as TaskView).toMatchObject({ id, state: 'completed', band: 'high' });
    expect((JSON.parse(listed.stdout) as ListReply).tasks.map((task) => task.id)).toContain(id);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'running', cell: 'main', workers: 1 });
    expect(JSON.parse(workers.stdout)).toMatchObject([{ id: 'worker-1', state: 'ready', slots: 10 }]);
  });

  it('submits a file of tasks, and reports which of them are invalid', async () => {
    const file = path.join(world.folder, 'tasks.json');
    writeFileSync(file, JSON.stringify([{ command: 'true' }, { comand: 'true' }, { command: 'true' }]));
    const result = await precedent('submit', '--file', file);
    expect(result.code).toBe(65);
    expect(result.stdout.trim().split('\n')).toHaveLength(2);
    expect(result.stderr).toContain('task 2: error INVALID_TASK');
    expect(result.stderr).toContain('did you mean "command"?');
    const lines = '{"command":"true"}\n{"command":"true"}\n';
    const piped = await runCli(['submit', '-u', world.nats.url, '--json', '--file', '-'], {
      cwd: world.folder,
      stdin: lines,
    });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    const ids = piped.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(new Set(ids).size).toBe(2);
  });

  it('runs a command with its output and its exit code, as in a shell', async () => {
    const [fine, failing] = await Promise.all([
      precedent('run', '--', 'echo out; echo err >&2'),
      precedent('run', '--retries', '0', '--', 'echo no >&2; exit 42'),
    ]);
    expect(fine).toMatchObject({ code: 0, stdout: 'out\n' });
    expect(fine.stderr).toContain('err\n');
    expect(failing).toMatchObject({ code: 42, stdout: '' });
    expect(failing.stderr).toContain('error COMMAND_FAILED: command exited with code 42');
  });

  it.each([
    { what: 'a timeout', args: ['--timeout', '200ms', '--retries', '0', '--', 'sleep 60'], code: 124 },
    { what: 'a program that does not exist', args: ['--', 'no-such-program', 'x'], code: 127 },
    {
      what: 'a type that no worker accepts in time',
      args: ['--queue-timeout', '200ms', 'e2e.cli.unknown'],
      code: 124,
    },
  ])('ends `run` with the exit code of $what', async ({ args, code }) => {
    expect((await precedent('run', ...args)).code).toBe(code);
  });

  it('cancels the task of `run` at Ctrl-C', async () => {
    const mark = `run-${randomUUID()}`;
    const args = ['run', '-u', world.nats.url, '--env', `E2E_MARK=${mark}`, '--', 'echo running; sleep 1000'];
    const running = startCli(args, { cwd: world.folder });
    await running.wrote('running');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.exited;
    expect(code).toBe(130);
    expect(stderr).toContain('CANCELLED');
    expect(processesWith(mark)).toEqual([]);
  });

  it('cancels a task by its id', async () => {
    const { id } = await world.client.submit({ type: 'e2e.cli.never' });
    const cancelled = await precedent('cancel', id, '--reason', 'not wanted');
    expect(cancelled).toEqual({ code: 0, stdout: `${id} cancelled\n`, stderr: '' });
    expect(await world.client.get(id)).toMatchObject({ error: { message: 'cancelled: not wanted' } });
    const { id: done } = await world.client.submit({ command: 'true' });
    await world.client.wait(done);
    const late = await precedent('cancel', done);
    expect(late).toMatchObject({ code: 65, stdout: '' });
    expect(late.stderr).toContain('error TASK_SETTLED');
  });

  it('watches events until Ctrl-C', async () => {
    const watching = startCli(['watch', '-u', world.nats.url, '--json', '--project', 'watched'], {
      cwd: world.folder,
    });
    // It says nothing when it begins, so the task is repeated until it is seen.
    await vi.waitFor(
      async () => {
        const { id } = await world.client.submit({ project: 'watched', command: 'true' });
        await world.client.wait(id);
        await Promise.race([watching.wrote('"event":"completed"'), Promise.reject(new Error('not seen'))]);
      },
      { timeout: 10_000, interval: 100 },
    );
    watching.child.kill('SIGINT');
    const { code, stdout } = await watching.exited;
    expect(code).toBe(0);
    for (const line of stdout.trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ project: 'watched', type: 'command' });
    }
  });

  it.each([
    {
      what: 'a task that is not there',
      args: ['get', 'no-such-task'],
      code: 66,
      says: 'error TASK_NOT_FOUND',
    },
    {
      what: 'a state that does not exist',
      args: ['list', '--state', 'done'],
      code: 64,
      says: '--state is done',
    },
    {
      what: 'a band that does not exist',
      args: ['submit', '--band', 'urgent', '--', 'true'],
      code: 64,
      says: 'urgent',
    },
    {
      what: 'a payload that is no JSON',
      args: ['submit', 'http', '--payload', '{'],
      code: 65,
      says: 'not JSON',
    },
    { what: 'nothing to do', args: ['submit'], code: 64, says: 'no type and no command' },
    { what: 'an unknown flag', args: ['get', '--colour', 'x'], code: 64, says: '--colour' },
  ])('reports the error, and exits with its code: $what', async ({ args, code, says }) => {
    const [command = '', ...rest] = args;
    const result = await precedent(command, ...rest);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(says);
  });

  it('reports errors to programs in JSON', async () => {
    const result = await precedent('get', '--json', 'no-such-task');
    expect(result).toMatchObject({ code: 66, stdout: '' });
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
  });

  it('reports that there is no server, or no engine', async () => {
    const cwd = world.folder;
    const [nowhere, unknown] = await Promise.all([
      runCli(['status', '-u', 'nats://127.0.0.1:1'], { cwd }),
      runCli(['frobnicate'], { cwd }),
    ]);
    expect(nowhere.code).toBe(69);
    expect(nowhere.stderr).toContain('error NATS_UNREACHABLE');
    expect(unknown.code).toBe(64);
  });

  it('prints every setting with its source, and refuses unknown ones with the nearest name', async () => {
    const cwd = world.folder;
    const good = path.join(cwd, 'good.yaml');
    writeFileSync(good, 'execution:\n  maxConcurrent: 3\n');
    const bad = path.join(cwd, 'bad.yaml');
    writeFileSync(bad, 'execution:\n  maxConcurent: 3\nworker:\n  lease: soon\n');
    const [fine, wrong, topics] = await Promise.all([
      runCli(['config', '--json', '--config', good], { cwd, env: { PRECEDENT_EXECUTION_RETRIES: '7' } }),
      runCli(['config', '--config', bad], { cwd }),
      runCli(['help', 'exit-codes'], { cwd }),
    ]);
    const rows = JSON.parse(fine.stdout) as { key: string; value: string; origin: string }[];
    expect(rows.find(({ key }) => key === 'execution.maxConcurrent')).toMatchObject({ value: '3' });
    expect(rows.find(({ key }) => key === 'execution.retries')).toMatchObject({
      value: '7',
      origin: 'env PRECEDENT_EXECUTION_RETRIES',
    });
    expect(wrong.code).toBe(78);
    expect(wrong.stderr).toContain('maxConcurrent');
    expect(wrong.stderr).toContain('worker.lease');
    expect(topics.stdout).toMatch(/^78 +INVALID_CONFIG/m);
  });

  it('is documented: each command, each common flag, and each exit code', async () => {
    const cwd = world.folder;
    const page = readFileSync(path.join(ROOT, 'docs/cli.md'), 'utf8');
    const [all, codes, ...helps] = await Promise.all([
      runCli(['--help'], { cwd }),
      runCli(['help', 'exit-codes'], { cwd }),
      ...['up', 'submit', 'run', 'list', 'logs'].map((command) => runCli([command, '--help'], { cwd })),
    ]);
    const commands = [...all.stdout.matchAll(/^  ([a-z]+) \[.*\]/gm)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThanOrEqual(12);
    const flags = helps.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^  (?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag),
    );
    expect(flags.length).toBeGreaterThan(40);
    const rows = [...codes.stdout.matchAll(/^(\d+) +(.+)$/gm)];
    expect(rows.length).toBeGreaterThan(10);
    const wanted = [
      ...commands.map((name) => `## \`precedent ${name}\``),
      ...flags.filter((flag) => flag !== '--help'),
      ...rows.map(([, exit, meaning]) => `| ${exit} | ${meaning?.replaceAll('|', '\\|')} |`),
    ];
    expect(wanted.filter((text) => !page.includes(text))).toEqual([]);
  });
});
