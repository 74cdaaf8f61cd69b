import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TestServer } from '../testing/nats-server.ts';
import { startServer } from '../testing/nats-server.ts';
import { workerWorld } from '../testing/worker-world.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const FOREIGN: readonly unknown[] = [
  null,
  1,
  [],
  {},
  { tasks: null, signals: null },
  { tasks: 1, signals: 'stop' },
  {
    tasks: [null, 1, {}, { id: 'x', epoch: 1 }, { id: {}, epoch: 'x', type: 'echo' }],
    signals: [null, 1, {}, { kind: '__proto__' }, { kind: 'stop' }, { kind: 'suspend', id: 1 }],
  },
];

describe('a worker that is sent what no engine sends', () => {
  it('passes it over, goes on listening, and spends nothing on it', async () => {
    const { engine, worker, assign, close } = await workerWorld(server.url);
    onTestFinished(close);
    await worker.start();
    const { assign: assigned, signal, leaderHeartbeat } = engine.subjects;
    for (const body of FOREIGN)
      for (const subject of [assigned(worker.session), signal(worker.session), leaderHeartbeat('main')])
        engine.link.publish(subject, JSON.stringify(body));
    assign({ id: 'after' });
    expect(await engine.settled.next()).toMatchObject({ id: 'after', outcome: 'completed' });
  });

  it('still takes the tasks next to those that are none', async () => {
    const { engine, worker, assign, close } = await workerWorld(server.url);
    onTestFinished(close);
    await worker.start();
    assign({ id: 'bad', attemptMs: Number.NaN }, { id: 'good' });
    expect(await engine.settled.next()).toMatchObject({ id: 'good', outcome: 'completed' });
  });
});
