import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '@precedent/client';
import type { Assignment, Hello, LogChunk, SettledReport, WorkerMessage } from '@precedent/contracts';
import { Probe } from '@precedent/kernel';
import { findNatsServer, startNatsServer } from '@precedent/processes';
import type { NatsServer } from '@precedent/processes';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

let folder: string;
let server: NatsServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'precedent-app-worker-'));
  const { binary } = await findNatsServer({ env: process.env });
  server = await startNatsServer({
    binary,
    dataDir: folder,
    host: '127.0.0.1',
    port: 0,
    maxPayload: 1_048_576,
    syncAlways: false,
  });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const WELCOME = { ok: true, leaseMs: 10_000, heartbeatMs: 1_000, keep: [] };
let worlds = 0;

/** An engine that says yes to everything, under a root of its own, and a worker process that finds it. */
const aWorld = async (env: Record<string, string> = {}, answer: object = WELCOME) => {
  const root = `test.w${++worlds}`;
  const client = await connect({ servers: server.url, root });
  const { link, subjects } = client;
  const hellos = new Probe<Hello>();
  const settled = new Probe<SettledReport>();
  const kinds: string[] = [];
  const logs: string[] = [];
  for (const probe of [hellos, settled]) probe.arm();
  const take = (message: WorkerMessage): object => {
    kinds.push(message.kind);
    if (message.kind === 'hello') hellos.hit(message);
    if (message.kind === 'report') for (const report of message.settled) settled.hit(report);
    return message.kind === 'hello' ? answer : { ok: true, refused: [] };
  };
  link.subscribe(subjects.report('main'), {
    callback: (_, message) => void message.respond(JSON.stringify(take(message.json()))),
  });
  link.subscribe(subjects.logs, {
    callback: (_, message) => {
      logs.push(message.json<LogChunk>().text);
      message.respond('{}');
    },
  });
  await link.flush();
  const child = spawn(process.execPath, ['--conditions=precedent:source', main], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PRECEDENT_NATS_URL: server.url, PRECEDENT_ROOT: root, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const words: unknown[] = [];
  child.on('message', (word) => words.push(word));
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  const assign = async (task: Assignment['task'], type = 'command'): Promise<void> => {
    const { session } = await hellos.next();
    const one = {
      id: 'task-1',
      epoch: 1,
      attempt: 1,
      namespace: 'n',
      project: 'p',
      band: 'normal',
      type,
      task,
    };
    const tasks = [{ ...one, attemptMs: 60_000, graceMs: 60_000, heartbeatMs: 0 }];
    link.publish(subjects.assign(session), JSON.stringify({ tasks }));
  };
  return {
    child,
    exited,
    hellos,
    settled,
    kinds,
    logs,
    words,
    assign,
    file: (name: string) => join(folder, `${root}-${name}`),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
      await client.close();
    },
  };
};

const readyOf = (child: ReturnType<typeof spawn>): Promise<unknown> =>
  new Promise((resolve) => {
    child.on('message', (word: { kind?: unknown }) => word.kind === 'ready' && resolve(word));
  });

/** A command that tells that it runs, and goes on until a file is there. */
const waitsFor = (started: string, go: string): string =>
  `echo > ${started}; while [ ! -e ${go} ]; do sleep 0.01; done; echo went on`;

/** Whether the process whose number is in a file is alive; a zombie is not. */
const isRunning = async (file: string): Promise<boolean> => {
  const pid = (await readFile(file, 'utf8')).trim();
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

test('tells its parent that it is ready, runs a command, and says goodbye at SIGTERM', async () => {
  await using world = await aWorld({ PRECEDENT_EXECUTION_MAX_CONCURRENT: '4' });
  expect(await readyOf(world.child)).toMatchObject({ kind: 'ready', worker: expect.any(String) });
  const hello = await world.hellos.next();
  expect(hello).toMatchObject({ types: ['command', 'http', 'text.process'], slots: 4, pools: ['default'] });
  world.hellos.hit(hello);
  await world.assign({ command: 'echo hello; echo $PRECEDENT_TASK_ID' });
  expect(await world.settled.next()).toMatchObject({
    id: 'task-1',
    outcome: 'completed',
    result: { exitCode: 0, stdout: 'hello\ntask-1\n' },
  });
  expect(world.logs.join('')).toBe('hello\ntask-1\n');
  world.child.kill('SIGTERM');
  expect(await world.exited).toEqual([0, null]);
  expect(world.kinds.slice(-2)).toEqual(['draining', 'bye']);
});

test('at SIGTERM what runs may finish, and is reported, before the worker ends', async () => {
  await using world = await aWorld();
  const [started, go] = [world.file('started'), world.file('go')];
  await world.assign({ command: waitsFor(started, go) });
  await expect.poll(() => exists(started)).toBe(true);
  world.child.kill('SIGTERM');
  await expect.poll(() => world.kinds).toContain('draining');
  await writeFile(go, '');
  expect(await world.settled.next()).toMatchObject({ outcome: 'completed', result: { stdout: 'went on\n' } });
  expect(await world.exited).toEqual([0, null]);
});

test('the second signal gives back what runs, and leaves nothing of it behind', async () => {
  await using world = await aWorld({ PRECEDENT_EXECUTION_FORCE_TIMEOUT: '2s' });
  const pid = world.file('pid');
  await world.assign({
    command: `trap "" TERM; sleep 1000 & echo $! > ${pid}.tmp; mv ${pid}.tmp ${pid}; wait; wait`,
  });
  await expect.poll(() => exists(pid)).toBe(true);
  world.child.kill('SIGTERM');
  await expect.poll(() => world.kinds).toContain('draining');
  world.child.kill('SIGINT');
  expect(await world.settled.next()).toMatchObject({ outcome: 'returned' });
  expect(await world.exited).toEqual([0, null]);
  expect(await isRunning(pid)).toBe(false);
});

test.skipIf(process.platform !== 'linux')(
  'a worker that starts ends what a killed one left behind',
  async () => {
    await using killed = await aWorld();
    const pid = killed.file('pid');
    await killed.assign({ command: `sleep 1000 & echo $! > ${pid}.tmp; mv ${pid}.tmp ${pid}; wait` });
    await expect.poll(() => exists(pid)).toBe(true);
    killed.child.kill('SIGKILL');
    await killed.exited;
    await using next = await aWorld();
    await readyOf(next.child);
    await expect.poll(() => isRunning(pid)).toBe(false);
  },
);

test('when its parent is gone the worker ends', async () => {
  await using world = await aWorld({ PRECEDENT_EXECUTION_FORCE_TIMEOUT: '500ms' });
  await readyOf(world.child);
  world.child.disconnect();
  expect(await world.exited).toEqual([0, null]);
  expect(world.kinds).toContain('bye');
});

test('a configuration that it cannot serve is told to the parent', async () => {
  await using world = await aWorld({ PRECEDENT_WORKER_TYPES: 'command,teleport' });
  expect(await world.exited).toEqual([1, null]);
  expect(world.words.at(-1)).toMatchObject({ kind: 'failed', problem: { code: 'INVALID_CONFIG' } });
});

test('a server that is not there is told to the parent', async () => {
  await using world = await aWorld({ PRECEDENT_NATS_URL: 'nats://127.0.0.1:9' });
  expect(await world.exited).toEqual([1, null]);
  expect(world.words.at(-1)).toMatchObject({ kind: 'failed', problem: { code: 'NATS_UNREACHABLE' } });
});

test('an engine that refuses the worker is told to the parent', async () => {
  const error = { code: 'INVALID_REQUEST', message: 'no such cell' };
  await using world = await aWorld({}, { error });
  expect(await world.exited).toEqual([1, null]);
  expect(world.words.at(-1)).toMatchObject({ kind: 'failed', problem: error });
});
