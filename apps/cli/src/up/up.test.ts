import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@precedent/config';
import { Probe } from '@precedent/kernel';
import { lockDataDir } from '@precedent/processes';
import type { StopSteps } from '@precedent/processes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SOURCE_CONDITION } from '../scripts.ts';
import { up } from './up.ts';
import type { ReadyFacts, UpReport } from './up-report.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-up-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const PROCESSES = path.resolve(import.meta.dirname, '../../../../libs/processes/src/index.ts');

/** A program that does as `body` says once it runs; the functions of a child are at hand. */
const script = (folder: string, name: string, body: string): string => {
  const file = path.join(folder, `${name}.ts`);
  const imports = `import { announceReady, exitWithParent, onParentMessage, onStopSignals, runProgram, takeEnvironment } from ${JSON.stringify(PROCESSES)};`;
  writeFileSync(file, `${imports}\nexitWithParent();\n${body}`);
  return file;
};

/** Says its settings, and ends at the first signal. */
const GOOD = `onStopSignals({ stop: () => process.exit(0), force: () => process.exit(9) });
  const { PRECEDENT_CELL: cell, PRECEDENT_EXECUTION_MAX_CONCURRENT: slots, PRECEDENT_NATS_URL: url } = await takeEnvironment(() => false);
  console.log('pid=' + process.pid + ' cell=' + cell + ' slots=' + slots + ' url=' + url);
  announceReady(); setInterval(() => undefined, 1e6);`;
/** Ends only at the second signal. */
const STUBBORN = GOOD.replace('stop: () => process.exit(0)', `stop: () => console.log('not yet')`);

interface World {
  readonly engine?: string;
  readonly worker?: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly withWorker?: boolean;
}

/** `up` on a folder of its own, with programs that a test made up, and a real nats-server. */
const launch = ({ engine = GOOD, worker = GOOD, overrides = {}, withWorker = true }: World = {}) => {
  const folder = newFolder();
  const dataDir = path.join(folder, 'data');
  const config = loadConfig({
    cwd: folder,
    env: {},
    overrides: {
      'nats.port': 0,
      'storage.dataDir': dataDir,
      cell: 'c1',
      'execution.maxConcurrent': 3,
      ...overrides,
    },
  });
  const events: string[] = [];
  const [ready, lines, restarts] = [new Probe<ReadyFacts>(), new Probe<string>(), new Probe<string>()];
  for (const probe of [ready, lines, restarts]) probe.arm();
  let signals: StopSteps | undefined;
  const report: UpReport = {
    starting: (part) => events.push(`starting ${part}`),
    started: (part) => events.push(`started ${part}`),
    restarting: (part, reason) => restarts.hit(`${part}: ${reason}`),
    absent: (part, reason) => events.push(`no ${part}: ${reason}`),
    stopping: (part) => events.push(`stopping ${part}`),
    stopped: (part) => events.push(`stopped ${part}`),
    line: (part, text) => lines.hit(`${part}: ${text}`),
    note: (text) => events.push(text),
    ready: (facts) => ready.hit(facts),
  };
  const ended = up({
    config,
    report,
    parts: new Set(
      (['nats', 'engine', 'worker'] as const).filter(
        (part) => (part !== 'worker' || withWorker) && (part !== 'nats' || config.nats.url === ''),
      ),
    ),
    isServed: () => Promise.resolve(false),
    io: {
      env: process.env,
      onStopSignals: (steps) => {
        signals = steps;
        return () => undefined;
      },
    },
    scripts: {
      engine: [SOURCE_CONDITION, script(folder, 'engine', engine)],
      worker: [SOURCE_CONDITION, script(folder, 'worker', worker)],
      history: [],
      vectorizer: [],
      gateway: [],
    },
    flags: () => '',
  });
  // A test that fails half-way must leave no process either: the third signal kills.
  onTestFinished(async () => {
    signals?.stop('SIGINT');
    signals?.force('SIGINT');
    signals?.force('SIGINT');
    await ended.catch(() => undefined);
  });
  return {
    dataDir,
    events,
    ready,
    lines,
    restarts,
    ended,
    stop: () => signals?.stop('SIGINT'),
    force: () => signals?.force('SIGINT'),
  };
};

const pidIn = (line: string): number => Number(/pid=(\d+)/.exec(line)?.[1]);

/** Whether a NATS server greets there. */
const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.once('error', () => resolve(false));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('INFO'));
    });
  });

const nothingIsLeft = async ({ dataDir }: { dataDir: string }): Promise<void> => {
  const lock = await lockDataDir(dataDir, { version: '1.0.0' });
  expect(lock.orphan).toBeUndefined();
  lock.release();
};

describe('up', () => {
  it('starts the parts in order with the effective settings, and stops them in reverse', async () => {
    const world = launch();
    const facts = await world.ready.next();
    expect(facts).toMatchObject({ cell: 'c1', slots: 3 });
    expect(await answers(facts.url)).toBe(true);
    expect(await world.lines.next()).toMatch(`cell=c1 slots=3 url=${facts.url}`);
    world.stop();
    expect(await world.ended).toBe(0);
    expect(world.events.join(', ')).toBe(
      'starting nats, started nats, starting engine, started engine, starting worker, started worker, ' +
        'stopping worker, stopped worker, stopping engine, stopped engine, stopping nats, stopped nats',
    );
    expect(await answers(facts.url)).toBe(false);
    await nothingIsLeft(world);
  });

  it('starts no server when there is a URL, and no worker with --no-worker', async () => {
    const overrides = { 'nats.url': 'nats://10.0.0.1:4222' };
    const world = launch({ overrides, withWorker: false });
    expect(await world.ready.next()).toMatchObject({ url: 'nats://10.0.0.1:4222', slots: 0 });
    world.stop();
    await world.ended;
    expect(world.events).toEqual(['starting engine', 'started engine', 'stopping engine', 'stopped engine']);
  });

  it('starts a killed part again', async () => {
    const world = launch();
    await world.ready.next();
    const first = pidIn(await world.lines.next());
    process.kill(first, 'SIGKILL');
    expect(await world.restarts.next()).toMatch(/^engine: signal SIGKILL/);
    const worker = await world.lines.next();
    const second = await world.lines.next();
    expect([worker.split(':')[0], second.split(':')[0]]).toEqual(['worker', 'engine']);
    expect(pidIn(second)).not.toBe(first);
    world.stop();
    expect(await world.ended).toBe(0);
  });

  it('restarts a worker that ends again and again, and tells the engine how often and why', async () => {
    const engine = `${GOOD} onParentMessage('parts', (parts) => console.log('parts=' + JSON.stringify(parts)));`;
    const world = launch({ engine, worker: `announceReady(); setImmediate(() => process.exit(3));` });
    const worker = async (): Promise<{ state: string; restarts: number; reason?: string }> => {
      const [, text] = (await world.lines.next()).split('engine: parts=');
      const parts = (text === undefined ? [] : JSON.parse(text)) as { name: string; restarts: number }[];
      return { state: 'none', restarts: 0, ...parts.find(({ name }) => name === 'worker') };
    };
    let seen = await worker();
    // Of a part that cannot be missed, the fifth end would have been the last.
    while (seen.restarts < 6) seen = await worker();
    expect(seen).toMatchObject({ state: 'restarting', reason: 'exit code 3' });
    world.stop();
    expect(await world.ended).toBe(0);
    await nothingIsLeft(world);
  });

  it('ends with the reason, and leaves nothing, when a part cannot start', async () => {
    const failing = `runProgram(() => Promise.reject(Object.assign(new Error('cell c1 is owned'), { name: 'AppError', code: 'CELL_OWNED', toProblem: () => ({ code: 'CELL_OWNED', message: 'cell c1 is owned' }) })));`;
    const world = launch({ engine: failing });
    await expect(world.ended).rejects.toThrow('cell c1 is owned');
    await nothingIsLeft(world);
  });

  it('refuses a data folder that is in use, and leaves it alone', async () => {
    const world = launch();
    await world.ready.next();
    const second = launch({ overrides: { 'storage.dataDir': world.dataDir } });
    await expect(second.ended).rejects.toThrow(`is used by process ${process.pid}`);
    expect(second.events).toEqual([]);
    world.stop();
    expect(await world.ended).toBe(0);
  });

  it('names the port that is taken, and gives the folder back', async () => {
    const world = launch();
    const { url } = await world.ready.next();
    const second = launch({ overrides: { 'nats.port': Number(new URL(url).port) } });
    await expect(second.ended).rejects.toThrow(`port ${new URL(url).port} on 127.0.0.1 is taken`);
    await nothingIsLeft(second);
    world.stop();
    expect(await world.ended).toBe(0);
  });

  it('gives up a start at the first Ctrl-C', async () => {
    const world = launch({ engine: `console.log('hello'); setInterval(() => undefined, 1e6);` });
    await world.lines.next();
    world.stop();
    expect(await world.ended).toBe(0);
    expect(world.events).toContain('stopped before it was ready');
    await nothingIsLeft(world);
  });

  it('forces what does not stop at the second Ctrl-C', async () => {
    const world = launch({ engine: STUBBORN, worker: STUBBORN });
    await world.ready.next();
    world.stop();
    const said = async (): Promise<void> => {
      while (!(await world.lines.next()).endsWith('not yet'));
    };
    await said();
    world.force();
    expect(await world.ended).toBe(130);
    await nothingIsLeft(world);
  });

  it('forces by itself what does not stop in time', async () => {
    const overrides = { 'execution.stopTimeout': 50, 'execution.forceTimeout': 200 };
    const world = launch({ engine: STUBBORN, worker: STUBBORN, overrides });
    await world.ready.next();
    world.stop();
    expect(await world.ended).toBe(0);
    await nothingIsLeft(world);
  });
});
