import type { TaskSpec } from '@precedent/contracts';
import type { StopSteps } from '@precedent/processes';
import { AppError } from '@precedent/kernel';
import { expect, test } from 'vitest';
import { runFake } from '../testing/fake-cli.ts';
import type { FakeClient } from '../testing/fake-cli.ts';
import { aTask } from '../testing/fixtures.ts';
import { aFolder } from './folder.arbitraries.ts';

interface Payload {
  readonly paths?: readonly string[];
  readonly folder?: string;
  readonly collection: string;
}

/** An engine that completes tasks at once, or as the test says, and the means to wait for what it is given. */
const anEngine = (settle: (payload: Payload, n: number) => Promise<object> = async () => ({})) => {
  const tasks: TaskSpec[] = [];
  const looks: (() => void)[] = [];
  const payloads = (): Payload[] => tasks.map(({ payload }) => payload as unknown as Payload);
  const client: FakeClient = {
    submit: async (spec) => {
      tasks.push(spec);
      for (const look of looks.splice(0)) look();
      return { id: `T${tasks.length}`, seq: tasks.length, door: 'ask' };
    },
    wait: async (id) => {
      const n = Number(id.slice(1));
      const payload = payloads()[n - 1] ?? { collection: '' };
      const count = payload.paths?.length ?? 0;
      const result = { indexed: count, unchanged: 0, removed: 0, chunks: 2 * count, skipped: { count: 0 } };
      return aTask({
        id,
        state: 'completed',
        type: 'document.process',
        result,
        ...(await settle(payload, n)),
      });
    },
  };
  /** Resolves when the fact holds; looked at after each submission. */
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => looks.push(resolve));
  };
  const paths = (): string[] => payloads().flatMap((payload) => payload.paths ?? []);
  return { client, tasks, payloads, paths, until };
};

test('brings a folder in, a batch of files in a task, and removes what is gone', async () => {
  using dir = aFolder({ 'a.md': '', 'b.md': '', 'c.md': '', 'node_modules/x.md': '', '.hidden': '' });
  const engine = anEngine();
  const flags = [
    '--batch',
    '2',
    '--collection',
    'docs',
    '--band',
    'high',
    '--project',
    'p',
    '--namespace',
    'n',
  ];
  const { exit, out, err } = await runFake(['ingest', dir.root, ...flags], { client: engine.client });
  expect([exit, out]).toEqual([
    0,
    '3 tasks, 0 failed, 3 indexed, 0 unchanged, 0 removed, 0 skipped, 6 chunks\n',
  ]);
  expect(err).toContain('2 files, 2 indexed in 4 chunks, 0 unchanged; ');
  expect(engine.tasks[0]).toMatchObject({
    type: 'document.process',
    band: 'high',
    origin: 'background',
    project: 'p',
    namespace: 'n',
    payload: { collection: 'docs' },
  });
  expect(dir.names(engine.paths())).toEqual(['a.md', 'b.md', 'c.md']);
  expect(engine.payloads().find(({ folder }) => folder !== undefined)).toEqual({
    folder: dir.root,
    exclude: ['*'],
    collection: 'docs',
  });
});

test('fails as the first failed task does, after all others', async () => {
  using dir = aFolder({ a: '', b: '', c: '' });
  const error = { code: 'VECTORS_UNAVAILABLE', message: 'the index is gone' } as const;
  const engine = anEngine(async ({ paths }) => (paths?.[0]?.endsWith('b') ? { state: 'failed', error } : {}));
  const { exit, out, err } = await runFake(['ingest', dir.root, '--batch', '1'], { client: engine.client });
  expect([exit, out]).toEqual([69, expect.stringContaining('4 tasks, 1 failed, 2 indexed')]);
  expect(err).toContain('VECTORS_UNAVAILABLE: the index is gone');
});

test('tells each task and the sum as JSON lines', async () => {
  using dir = aFolder({ a: '' });
  const { out } = await runFake(['ingest', dir.root, '--json'], { client: anEngine().client });
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });
  expect(lines.map(({ kind }) => kind)).toEqual(['task', 'task', 'total']);
  expect(lines.at(-1)).toMatchObject({ tasks: 2, indexed: 1 });
});

test('watching, it brings in what is new, changed and gone, until Ctrl-C', async () => {
  using dir = aFolder({ 'a.md': 'a', '.gitignore': '*.log\n' });
  const engine = anEngine();
  let stop: StopSteps | undefined;
  const world = { client: engine.client, onListen: (steps: StopSteps) => (stop = steps) };
  const ran = runFake(['watch', dir.root, '--debounce', '5ms', '--rescan', '1h'], world);
  const seen = (name: string, times: number) =>
    engine.until(() => dir.names(engine.paths()).filter((one) => one === name).length >= times);
  await seen('a.md', 1);
  dir.write('deep/er/b.md');
  await seen('deep/er/b.md', 1);
  dir.write('deep/er/b.md', 'changed');
  await seen('deep/er/b.md', 2);
  dir.write('noise.log');
  dir.remove('a.md');
  await seen('a.md', 2);
  stop?.stop('SIGINT');
  const { exit, out, closed } = await ran;
  expect([exit, closed]).toEqual([0, true]);
  expect(out).toMatch(/^\d+ tasks, 0 failed/);
  expect(dir.names(engine.paths())).not.toContain('noise.log');
});

test('a look at the whole folder finds what was missed, and what had failed', async () => {
  using dir = aFolder({ a: '' });
  const refused = new AppError('QUEUE_FULL', 'band low holds 5 of 5 tasks');
  const engine = anEngine(async ({ paths }, n) => {
    if (paths !== undefined && n <= 2) throw refused;
    return {};
  });
  let stop: StopSteps | undefined;
  const world = { client: engine.client, onListen: (steps: StopSteps) => (stop = steps) };
  const ran = runFake(['watch', dir.root, '--debounce', '1ms', '--rescan', '10ms'], world);
  await engine.until(() => engine.paths().length >= 2);
  stop?.stop('SIGINT');
  const { exit, err } = await ran;
  expect(err).toContain('QUEUE_FULL: band low holds 5 of 5 tasks');
  expect(exit).toBe(75);
});

test('Ctrl-C waits for what runs and starts no more; a second one waits for nothing', async () => {
  using dir = aFolder({ a: '', b: '', c: '' });
  for (const twice of [false, true]) {
    const { promise: settled, resolve: settle } = Promise.withResolvers<object>();
    const engine = anEngine(() => settled);
    let stop: StopSteps | undefined;
    const world = { client: engine.client, onListen: (steps: StopSteps) => (stop = steps) };
    const ran = runFake(['ingest', dir.root, '--batch', '1', '--tasks', '1'], world);
    await engine.until(() => engine.tasks.length === 2);
    stop?.stop('SIGINT');
    if (twice) stop?.force('SIGINT');
    else settle({});
    expect((await ran).exit).toBe(twice ? 130 : 0);
    expect(engine.paths()).toHaveLength(1);
    settle({});
  }
});

test.each([
  [['ingest', '/none'], 65, '/none is not a folder'],
  [['ingest', '.', '--watch'], 64, "unknown option '--watch'"],
  [['ingest', '.', '--batch', '0'], 64, '--batch is 0; a whole number from 1 to 1000 is expected'],
  [['ingest', '.', '--band', 'urgent'], 64, 'low, normal, high, critical'],
  [['watch', '/none'], 65, '/none is not a folder'],
  [['watch', '.', '--debounce', 'soon'], 64, '--debounce is soon'],
  [['watch', '.', '--rescan', '5'], 64, '--rescan is 5, without a unit'],
  [['watch', '--band', 'high'], 64, '--band belongs to a folder: watch <folder>'],
  [['watch', '--rescan', '1s'], 64, '--rescan belongs to a folder: watch <folder>'],
  [['watch', '.', '--type', 'a'], 64, '--type belongs to events, and a folder is watched'],
  [['watch', '.', '--id', 'a'], 64, '--id belongs to events, and a folder is watched'],
])('refuses %j', async (args, exit, text) => {
  const outcome = await runFake(args, { client: anEngine().client });
  expect(outcome.exit).toBe(exit);
  expect(outcome.err).toContain(text);
});
