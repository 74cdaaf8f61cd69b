import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { counted, progressOf, settledOf, stopAll, uncooperative } from '../../testing/isolated-world.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import * as handlers from '../../testing/uncooperative.ts';
import type { WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { IsolationKind } from './launch.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const NAMES = Object.keys(handlers).filter((name) => name !== 'exitOnStop');

/** A thread ends only when they return. */
const NATIVE = ['blockingRead', 'nativeSleep'];

interface Held {
  readonly world: WorkerWorld;
  /** The number of threads or processes of each handler. */
  readonly live: Readonly<Record<string, () => number>>;
  /** What the handlers said of themselves, by their names. */
  readonly said: Readonly<Record<string, string | undefined>>;
}

/** Every uncooperative handler is inside of what it does not leave, and a plain one waits. */
const held = async (kind: IsolationKind): Promise<Held> => {
  const pipe = aPipe();
  const guests = NAMES.map((name) => [name, counted(uncooperative(name, kind))] as const);
  const world = await workerWorld(server.url, {
    slots: NAMES.length + 1,
    express: 0,
    handlers: Object.fromEntries(guests.map(([name, { handler }]) => [name, handler])),
  });
  onTestFinished(world.close);
  // A thread that reads from it ends only when there is something to read.
  onTestFinished(pipe.release);
  world.engine.welcome = { ok: true, leaseMs: 60_000, heartbeatMs: 50, keep: [] };
  await world.worker.start();
  world.assign(
    { type: 'hold', id: 'hold' },
    ...NAMES.map((name) => ({ type: name, id: name, graceMs: 20, task: { payload: { pipe: pipe.path } } })),
  );
  const said = await progressOf(world, NAMES);
  const child = Number(said['stubbornChild']);
  onTestFinished(() => void (isAlive(child) && process.kill(child, 'SIGKILL')));
  return { world, said, live: Object.fromEntries(guests.map(([name, { live }]) => [name, live])) };
};

const aPipe = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-pipe-'));
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const release = (): void => {
    const file = openSync(pipe, 'r+');
    writeSync(file, 'x');
    closeSync(file);
    rmSync(folder, { recursive: true });
  };
  return { path: pipe, release };
};

/** A zombie has ended. */
const isAlive = (pid: number): boolean => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !text.slice(text.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
};

describe.each(['thread', 'process'] as const)('handlers in a %s that do not leave', (kind) => {
  it.each(['cancelled', 'timeout', 'preempted'] as const)(
    `are terminated after their grace when they are stopped: %s`,
    async (reason) => {
      const { world, said, live } = await held(kind);
      const { engine, worker, assign, runs } = world;
      const beat = await engine.heartbeats.next();
      expect(beat.running.map(([id]) => id)).toContain('hold');
      stopAll(world, NAMES, { reason, graceMs: 20 });
      const settled = await settledOf(world, NAMES);
      for (const name of NAMES)
        expect(settled[name]).toMatchObject({
          outcome: 'stopped',
          error: {
            code: 'CANCELLED',
            message: expect.stringContaining(
              `after its stop (${reason}): its ${kind} was terminated`,
            ) as string,
            details: { signal: 'SIGKILL' },
          },
        });
      expect(worker.running).toBe(1);
      const ended = kind === 'process' ? NAMES : NAMES.filter((name) => !NATIVE.includes(name));
      await vi.waitFor(() => expect(ended.filter((name) => live[name]?.() !== 0)).toEqual([]), 10_000);
      assign(...NAMES.map((name, at) => ({ id: `echo-${at}` })));
      const after = await settledOf(
        world,
        NAMES.map((_, at) => `echo-${at}`),
      );
      expect(Object.values(after).every(({ outcome }) => outcome === 'completed')).toBe(true);
      (await runs.next()).resolve('still here');
      expect((await settledOf(world, ['hold']))['hold']).toMatchObject({ result: 'still here' });
      if (kind === 'process')
        await vi.waitFor(() => expect(isAlive(Number(said['stubbornChild']))).toBe(false));
    },
  );
});
