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

const NAMES = Object.keys(handlers);

const GRACE_MS = 20;
/** Beyond the grace, in addition to what a timer of this process was late meanwhile. */
const MARGIN_MS = 100;

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
    ...NAMES.map((name) => ({
      type: name,
      id: name,
      graceMs: GRACE_MS,
      task: { payload: { pipe: pipe.path } },
    })),
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

/** Returns what gives the sum of the delays of a timer of this process: the machine is busy with what the test runs on it. */
const latenessMeter = (): (() => number) => {
  const EVERY_MS = 5;
  let [lateMs, tickedAt] = [0, performance.now()];
  const timer = setInterval(() => {
    lateMs += Math.max(0, performance.now() - tickedAt - EVERY_MS);
    tickedAt = performance.now();
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    return lateMs;
  };
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
      const lateness = latenessMeter();
      const stoppedAt = performance.now();
      stopAll(world, NAMES, { reason, graceMs: GRACE_MS });
      const settled = await settledOf(world, NAMES);
      expect(performance.now() - stoppedAt).toBeLessThan(GRACE_MS + MARGIN_MS + lateness());
      // It ends itself, and only its own attempt, unless it is terminated before.
      expect(['failed', 'stopped']).toContain(settled['exitOnStop']?.outcome);
      for (const name of NAMES.filter((one) => one !== 'exitOnStop'))
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
