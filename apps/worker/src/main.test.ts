import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '@precedent/client';
import type { LeaseStepMessage, LoadMessage, WorkerMessage } from '@precedent/contracts';
import type {
  Assignment,
  HelloMessage,
  LogChunk,
  SettledLease,
  WorkerSignal,
} from '@precedent/contract-types';
import { workerMessageSchema } from '@precedent/contracts';
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
  const hellos = new Probe<HelloMessage>();
  const settled = new Probe<SettledLease>();
  const keeps = new Probe<LeaseStepMessage>();
  const loads = new Probe<LoadMessage>();
  const kinds: string[] = [];
  const logs: string[] = [];
  for (const probe of [hellos, settled, keeps, loads]) probe.arm();
  const take = (message: WorkerMessage): object => {
    kinds.push(message.kind);
    if (message.kind === 'hello') hellos.hit(message);
    if (message.kind === 'keep') keeps.hit(message);
    if (message.kind === 'load') loads.hit(message);
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
  let session: string | undefined;
  const assign = async (
    task: Assignment['task'],
    type = 'command',
    over: Partial<Assignment> = {},
  ): Promise<void> => {
    session ??= (await hellos.next()).session;
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
    const tasks = [{ ...one, attemptMs: 60_000, graceMs: 60_000, heartbeatMs: 0, ...over }];
    link.publish(subjects.assign(session), JSON.stringify({ tasks }));
  };
  /** To the lease that was assigned. */
  const signal = (...signals: WorkerSignal[]): void =>
    link.publish(subjects.signal(session ?? ''), JSON.stringify({ signals }));
  return {
    child,
    exited,
    keeps,
    loads,
    signal,
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
  expect(hello).toMatchObject({
    types: expect.arrayContaining(['command', 'http', 'text.process']),
    slots: 4,
    pools: ['default'],
  });
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
  'a worker that starts ends the processes that a killed one has left',
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

test('a command that should yield writes a checkpoint, and goes on from there', async () => {
  await using world = await aWorld();
  const command = `cd "$PRECEDENT_CHECKPOINT_DIR"; echo "segment $PRECEDENT_SEGMENT" >> file; echo ready
    while [ ! -e .yield ] && [ "$PRECEDENT_RESUMED" = 0 ]; do sleep 0.01; done
    [ "$PRECEDENT_RESUMED" = 1 ] && cat file || exit 75`;
  await world.assign({ command });
  await expect.poll(() => world.logs.join('')).toContain('ready');
  world.signal({ kind: 'yield', id: 'task-1', epoch: 1, reason: 'preempted', deadlineMs: 60_000 });
  const { step } = await world.keeps.next();
  expect(step).toMatchObject({ kind: 'checkpoint', seq: 1, state: { kind: 'folder/1' } });
  expect(await world.settled.next()).toMatchObject({ epoch: 1, outcome: 'yielded' });
  if (step.kind !== 'checkpoint') throw new Error('expected a checkpoint');
  const resume = { checkpoint: { ...step, epoch: 1 }, undo: [], segments: 1 };
  await world.assign({ command }, 'command', { epoch: 2, resume });
  expect(await world.settled.next()).toMatchObject({
    epoch: 2,
    outcome: 'completed',
    result: { stdout: 'ready\nsegment 1\nsegment 2\n' },
  });
});

test('a worker without roots reads no file', async () => {
  await using world = await aWorld();
  await world.assign({ payload: { path: '/etc/hostname' } }, 'text.process');
  expect(await world.settled.next()).toMatchObject({
    outcome: 'failed',
    error: { code: 'INVALID_TASK', message: expect.stringContaining('worker.roots') as string },
  });
});

test('a worker reads neither its data folder nor its configuration, also below its roots', async () => {
  const config = join(folder, 'settings.yaml');
  await writeFile(config, 'nats:\n  maxPayload: 4MiB\n');
  const paths = ['settings.yaml', '.precedent/secret'];
  await using world = await aWorld({ PRECEDENT_WORKER_ROOTS: folder, PRECEDENT_CONFIG: config });
  // `assign` reads it again.
  world.hellos.hit(await world.hellos.next());
  await writeFile(join(folder, '.precedent/secret'), 'secret');
  await writeFile(world.file('ok'), 'one');
  await world.assign(
    { payload: { paths: [...paths, world.file('ok')], operations: ['words'] } },
    'text.process',
  );
  const refused = {
    code: 'INVALID_TASK',
    message: expect.stringContaining('belongs to Precedent') as string,
  };
  expect(await world.settled.next()).toMatchObject({
    outcome: 'completed',
    result: { results: [...paths.map((path) => ({ path, error: refused })), { words: 1 }] },
  });
});

test('a task with many files yields between two of them, and does none twice', async () => {
  await using world = await aWorld({ PRECEDENT_WORKER_ROOTS: folder });
  const file = world.file('text');
  await writeFile(file, 'word '.repeat(400_000));
  const payload = { paths: Array<string>(50).fill(file), operations: ['words'], batch: 50 };
  await world.assign({ payload }, 'text.process');
  await expect.poll(() => world.kinds).toContain('progress');
  world.signal({ kind: 'yield', id: 'task-1', epoch: 1, reason: 'drain', deadlineMs: 60_000 });
  const { step } = await world.keeps.next();
  if (step.kind !== 'checkpoint') throw new Error('expected a checkpoint');
  expect(await world.settled.next()).toMatchObject({ outcome: 'yielded' });
  const { done } = step.state as { done: number };
  // What is read from now on has another result.
  await writeFile(file, 'one two three');
  const resume = { checkpoint: { ...step, epoch: 1 }, undo: [], segments: 1 };
  await world.assign({ payload }, 'text.process', { epoch: 2, resume });
  const words = (count: number, each: number) =>
    Array.from({ length: count }, () => ({ path: file, words: each }));
  expect(await world.settled.next()).toMatchObject({
    outcome: 'completed',
    result: { files: 50, failed: 0, results: [...words(done, 400_000), ...words(50 - done, 3)] },
  });
});

test.skipIf(process.platform !== 'linux')(
  'a command is suspended and resumed as the engine requests',
  async () => {
    await using world = await aWorld();
    const go = world.file('go');
    const waits = `console.log(process.pid);
    const look = () => require('node:fs').existsSync('${go}') ? process.exit(0) : setTimeout(look, 1); look();`;
    await world.assign({ command: process.execPath, args: ['-e', waits] });
    await expect.poll(() => world.logs.join('')).toContain('\n');
    const pid = world.logs.join('').trim();
    const isHeld = async (): Promise<boolean> => {
      const [stat, groups, mounts] = await Promise.all(
        ['stat', 'cgroup', 'mountinfo'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
      );
      const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(mounts ?? '')?.[1] ?? '';
      const group = /^0::(.*)$/m.exec(groups ?? '')?.[1] ?? '';
      const events = await readFile(`${mount}${group}/cgroup.events`, 'utf8').catch(() => '');
      return stat?.includes(') T ') === true || events.includes('frozen 1');
    };
    expect(await isHeld()).toBe(false);
    world.signal({ kind: 'suspend', id: 'task-1', epoch: 1 });
    await expect.poll(isHeld).toBe(true);
    await writeFile(go, '');
    world.signal({ kind: 'resume', id: 'task-1', epoch: 1 });
    expect(await world.settled.next()).toMatchObject({ outcome: 'completed' });
  },
);

test('tells how busy the machine is', async () => {
  await using world = await aWorld({ PRECEDENT_EXECUTION_MAX_CONCURRENT: '6' });
  const { session } = await world.hellos.next();
  const load = await world.loads.next();
  expect(workerMessageSchema.parse(load)).toEqual(load);
  expect(load).toMatchObject({ session, disk: expect.any(Number) });
  expect(load.recommended).toBeGreaterThanOrEqual(1);
  expect(load.recommended).toBeLessThanOrEqual(6);
});

test('when its parent is gone the worker ends', async () => {
  await using world = await aWorld({ PRECEDENT_EXECUTION_FORCE_TIMEOUT: '500ms' });
  await readyOf(world.child);
  world.child.disconnect();
  expect(await world.exited).toEqual([0, null]);
  expect(world.kinds).toContain('bye');
});

test('a configuration that it cannot serve is reported to the parent', async () => {
  await using world = await aWorld({ PRECEDENT_WORKER_TYPES: 'command,teleport' });
  expect(await world.exited).toEqual([1, null]);
  expect(world.words.at(-1)).toMatchObject({ kind: 'failed', problem: { code: 'INVALID_CONFIG' } });
});

test('a server that is not there is reported to the parent', async () => {
  await using world = await aWorld({ PRECEDENT_NATS_URL: 'nats://127.0.0.1:9' });
  expect(await world.exited).toEqual([1, null]);
  expect(world.words.at(-1)).toMatchObject({ kind: 'failed', problem: { code: 'NATS_UNREACHABLE' } });
});

test('an engine that refuses the worker is reported to the parent', async () => {
  const error = { code: 'INVALID_REQUEST', message: 'no such cell' };
  await using world = await aWorld({}, { error });
  expect(await world.exited).toEqual([1, null]);
  expect(world.words.at(-1)).toMatchObject({ kind: 'failed', problem: error });
});
