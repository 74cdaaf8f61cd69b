import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Probe } from '@precedent/kernel';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { WorkerOptions } from '../options.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const world = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld> => {
  const made = await workerWorld(server.url, options);
  onTestFinished(made.close);
  return made;
};

const started = async (options: Partial<WorkerOptions> = {}): Promise<WorkerWorld> => {
  const made = await world(options);
  await made.worker.start();
  return made;
};

describe('reports', () => {
  it('of tasks that end together travel together', async () => {
    const { engine, runs, assign } = await started({ slots: 50 });
    assign(...Array.from({ length: 50 }, (_, n) => ({ type: 'hold', id: `t${n}` })));
    const held = await Promise.all(Array.from({ length: 50 }, () => runs.next()));
    for (const run of held) run.resolve();
    expect(await engine.reports.next()).toBe(50);
  });

  it('are repeated until they are answered, and the lease is held until then', async () => {
    const { engine, assign } = await started();
    engine.welcome = { ...engine.welcome, heartbeatMs: 30 };
    engine.announce(1);
    engine.announce(2);
    let silent = 1;
    const answered = new Probe();
    answered.arm();
    engine.answerReport = () => {
      if (silent-- > 0) return undefined;
      answered.hit();
      return { ok: true, refused: [] };
    };
    assign({ id: 'a' });
    const first = await engine.settled.next();
    expect(await listed(engine.heartbeats, 'a')).toBe(true);
    expect(await engine.settled.next()).toEqual(first);
    await answered.next();
    await notListed(engine.heartbeats, 'a');
  });

  it('that the engine calls bad do not keep the good ones', async () => {
    const { engine, runs, assign } = await started();
    engine.answerReport = (settled) =>
      settled.some(({ id, outcome }) => id === 'bad' && outcome === 'completed')
        ? { error: { code: 'INVALID_REQUEST', message: 'no' } }
        : { ok: true, refused: [] };
    assign({ type: 'hold', id: 'good' }, { type: 'hold', id: 'bad' });
    for (const run of [await runs.next(), await runs.next()]) run.resolve();
    expect(await engine.reports.next()).toBe(2);
    const reports = await Promise.all(Array.from({ length: 5 }, () => engine.settled.next()));
    expect(reports.slice(2).map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'good completed',
      'bad completed',
      'bad failed',
    ]);
  });
});

const lists = ({ running }: { running: readonly (readonly [string, number])[] }, id: string): boolean =>
  running.some(([task]) => task === id);

const listed = async (heartbeats: WorkerWorld['engine']['heartbeats'], id: string): Promise<boolean> => {
  while (!lists(await heartbeats.next(), id));
  return true;
};

const notListed = async (heartbeats: WorkerWorld['engine']['heartbeats'], id: string): Promise<void> => {
  while (lists(await heartbeats.next(), id));
};

describe('heartbeats', () => {
  it('name what runs, and how long each task that owes signs of life has been quiet', async () => {
    const { engine, worker, runs, assign } = await world();
    engine.welcome = { ...engine.welcome, heartbeatMs: 20 };
    await worker.start();
    assign({ type: 'hold', id: 'owes', heartbeatMs: 1_000 }, { type: 'hold', id: 'owes-nothing' });
    const owing = await runs.next();
    await listed(engine.heartbeats, 'owes-nothing');
    const quietOf = async (): Promise<number> => {
      const { quiet } = await engine.heartbeats.next();
      expect(quiet?.map(([id]) => id)).toEqual(['owes']);
      return quiet?.[0]?.[2] ?? Number.NaN;
    };
    let before = await quietOf();
    for (let beat = 0; beat < 3; beat++) {
      const now = await quietOf();
      expect(now).toBeGreaterThan(before);
      before = now;
    }
    owing.context.heartbeat();
    let now = await quietOf();
    while (now >= before) [before, now] = [now, await quietOf()];
    expect(now).toBeLessThan(before);
  });
});
