import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { counted, ofTests, progressOf, settledOf } from '../../testing/isolated-world.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { IsolatedHandler } from './isolated-handler.ts';
import { isolated } from './isolated.ts';
import { isolatedInBrowser } from './isolated-web.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const world = async (handlers: Readonly<Record<string, IsolatedHandler>>): Promise<WorkerWorld> => {
  const made = await workerWorld(server.url, { handlers, drainMs: 0 });
  onTestFinished(made.close);
  return made;
};

const module = new URL('../../testing/isolated-handlers.ts', import.meta.url);
const missing = new URL('./not-there.ts', import.meta.url);

describe('options of an isolated handler', () => {
  it.each([
    [{ in: 'fibre', module }, "has in: 'thread' or in: 'process'; got \"fibre\""],
    [{ in: 'thread', module: './encode.ts' }, 'names its module by URL'],
    [{ in: 'thread', module, memoryMb: 15 }, 'a memoryMb of at least 16, a whole number; got 15'],
    [{ in: 'thread', module, warm: -1 }, 'a warm of 0 or more; got -1'],
  ])('are refused when they are out of bounds: %j', (options, message) => {
    expect(() => isolated(options as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  it('are accepted in a browser, where the worker does not start', async () => {
    const { worker } = await world({ a: isolatedInBrowser({ in: 'thread', module }) });
    await expect(worker.start()).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'isolated handlers run on Node only',
    });
    expect(worker.state).toBe('stopped');
  });
});

describe.each(['thread', 'process'] as const)('a worker with a handler in a %s', (kind) => {
  it.each([
    [
      'a module that is not there',
      isolated({ in: kind, module: missing }),
      /handler default of .*not-there\.ts: Cannot find module/,
    ],
    [
      'an export that is missing',
      isolated({ in: kind, module, export: 'encode' }),
      /handler encode of .*isolated-handlers\.ts: it exports no function encode; its exports are: .*echo/,
    ],
  ])('does not start with %s, and leaves nothing behind', async (_, handler, message) => {
    const { handler: bad, live } = counted(handler);
    const { handler: good, live: liveGood } = counted(ofTests('echo', { in: kind }));
    const { worker } = await world({ bad, good });
    await expect(worker.start()).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message) as string,
    });
    expect([worker.state, live(), liveGood()]).toEqual(['stopped', 0, 0]);
  });

  it('leaves no thread and no process behind when it is stopped, whatever they do', async () => {
    const idle = counted(ofTests('echo', { in: kind, warm: 2 }));
    const busy = counted(ofTests('cpuBound', { in: kind }));
    const made = await world({ echo: idle.handler, busy: busy.handler });
    await made.worker.start();
    made.assign({ type: 'busy', id: 'a', graceMs: 20 });
    await progressOf(made, ['a']);
    expect([idle.live(), busy.live()]).toEqual([2, 1]);
    const settled = settledOf(made, ['a']);
    await made.worker.stop();
    expect(await settled).toMatchObject({ a: { outcome: kind === 'thread' ? 'yielded' : 'returned' } });
    expect([idle.live(), busy.live()]).toEqual([0, 0]);
  });
});
