import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isGap } from '@precedent/client';
import type { TaskEvent, WorkerView } from '@precedent/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const PROGRAM = fileURLToPath(new URL('programs/uncooperative-worker.ts', import.meta.url));

/** Each keeps the event loop of its worker from going on. */
const BLOCKING = ['busyLoop', 'endlessLoop', 'blockingRead', 'atomicsWait', 'nativeSleep'];
/** The loop goes on, and the handler does not leave. */
const WAITING = ['neverSettles', 'swallowedAbort', 'stubbornChild', 'memoryGrowth'];
/** Blocks the loop for two seconds. */
const LEAVING = 'leaving';
const LEASE_MS = 3_000;

let world: World;
beforeAll(async () => {
  world = await emptyWorld({
    settings: {
      PRECEDENT_BANDS_NORMAL_GRACE: '100ms',
      PRECEDENT_WORKER_LEASE: `${LEASE_MS}ms`,
      PRECEDENT_WORKER_HEARTBEAT: '500ms',
    },
  });
  await world.startEngine();
});
afterAll(async () => world[Symbol.asyncDispose]());

/** Starts a worker in a process of its own; resolves when an engine knows it. */
const startWorker = async (...types: readonly string[]): Promise<void> => {
  const args = ['--conditions=precedent:source', PROGRAM, world.nats.url, ...types];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
  await once(child.stdout, 'data');
};

/** Resolves to the next event of each task with that name, by type. */
const eventsOf = async (
  event: 'started' | 'overdue' | 'blocking',
  types: readonly string[],
): Promise<ReadonlyMap<string, TaskEvent>> => {
  const seen = new Map<string, TaskEvent>();
  for await (const one of world.client.watch({ event })) {
    if (!isGap(one) && types.includes(one.type)) seen.set(one.type, one);
    if (seen.size === types.length) break;
  }
  return seen;
};

const viewsOf = async (): Promise<ReadonlyMap<string, WorkerView>> =>
  new Map((await world.client.workers()).map((view) => [view.id, view]));

describe('handlers without isolation that ignore their signal', () => {
  it('are reported as overdue, and what they block keeps its leases and is named', async () => {
    const types = [...BLOCKING, ...WAITING];
    const started = eventsOf('started', types);
    const overdue = eventsOf('overdue', types);
    const blocking = eventsOf('blocking', [...BLOCKING, LEAVING]);
    await Promise.all([...BLOCKING, LEAVING].map((type) => startWorker(type)));
    await startWorker(...WAITING);
    const leaving = await world.client.submit({ type: LEAVING });
    const ids = await Promise.all(
      types.map(async (type) => [type, (await world.client.submit({ type })).id] as const),
    );
    await started;
    await Promise.all(ids.map(([, id]) => world.client.cancel(id)));
    await overdue;
    const blocked = await blocking;
    // What blocked for longer than it takes to be noticed has run once.
    expect(await world.client.wait(leaving.id)).toMatchObject({ state: 'completed', attempt: 1 });
    for (const [type, { id, message }] of blocked)
      expect(message).toContain(`task ${id} blocks the event loop of worker ${type}`);
    // For longer than a lease lasts without a sign of life.
    const views = await vi.waitFor(async () => {
      const found = await viewsOf();
      const { blocked: first } = found.get('busyLoop') ?? {};
      expect(Date.now() - (first?.since ?? Date.now())).toBeGreaterThan(LEASE_MS);
      return found;
    }, LEASE_MS * 3);
    for (const [type, id] of ids.slice(0, BLOCKING.length))
      expect(views.get(type)).toMatchObject({ blocked: { tasks: [id] }, overdue: { count: 1, tasks: [id] } });
    expect(views.get('endlessLoop')?.blocked?.place).toMatch(
      /^endlessLoop \(file:.*uncooperative-worker\.ts:\d+:\d+\)$/,
    );
    expect(views.get(LEAVING)?.blocked).toBeUndefined();
    expect(views.get(WAITING.join('-'))?.overdue?.count).toBe(WAITING.length);
  });
});
