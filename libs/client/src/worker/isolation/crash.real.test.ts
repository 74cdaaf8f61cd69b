import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ofTests, progressOf, settledOf, stopAll, uncooperative } from '../../testing/isolated-world.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { IsolatedHandler } from './isolated-handler.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const started = async (handlers: Readonly<Record<string, IsolatedHandler>>): Promise<WorkerWorld> => {
  const made = await workerWorld(server.url, { handlers });
  onTestFinished(made.close);
  await made.worker.start();
  return made;
};

interface Case {
  readonly name: string;
  readonly message: string;
  readonly details: object;
}

const CASES: readonly Case[] = [
  {
    name: 'uncaught',
    message: 'uncaught exception: no code catches this',
    details: { crash: 'uncaughtException' },
  },
  {
    name: 'rejection',
    message: 'unhandled rejection: no code awaits this',
    details: { crash: 'unhandledRejection' },
  },
  { name: 'exits', message: 'process.exit(3)', details: { crash: 'exit', exitCode: 3 } },
  { name: 'outOfMemory', message: 'out of memory (memoryMb is 32)', details: { crash: 'out_of_memory' } },
  {
    name: 'outOfMemoryAtOnce',
    message: 'out of memory (memoryMb is 32)',
    details: { crash: 'out_of_memory' },
  },
];

const SEGFAULT: Case = {
  name: 'segfault',
  message: 'ended by SIGSEGV',
  details: { crash: 'signal', signal: 'SIGSEGV' },
};

describe.each(['thread', 'process'] as const)('a handler whose %s ends before it does', (kind) => {
  it.each(kind === 'process' ? [...CASES, SEGFAULT] : CASES)(
    'fails its own attempt only, and names the cause: $name',
    async ({ name, message, details }) => {
      const world = await started({ crash: ofTests(name, { in: kind, memoryMb: 32 }) });
      world.assign({ type: 'hold', id: 'hold' }, { type: 'crash', id: 'a' });
      const other = await world.runs.next();
      expect((await settledOf(world, ['a']))['a']).toEqual({
        id: 'a',
        epoch: 1,
        outcome: 'failed',
        error: {
          code: 'HANDLER_CRASHED',
          message: `the ${kind} of the handler ended before the handler did: ${message}`,
          details: expect.objectContaining({ ...details, isolation: kind }) as object,
        },
      });
      expect(other.context.signal.aborted).toBe(false);
      other.resolve('goes on');
      expect((await settledOf(world, ['hold']))['hold']).toMatchObject({ result: 'goes on' });
    },
  );

  it('is followed by the next attempt on another one', async () => {
    const world = await started({
      crash: ofTests('exits', { in: kind }),
      echo: ofTests('echo', { in: kind }),
    });
    world.assign({ type: 'crash', id: 'a' }, { type: 'echo', id: 'b' });
    const first = await settledOf(world, ['a', 'b']);
    expect(first).toMatchObject({ a: { outcome: 'failed' }, b: { outcome: 'completed', result: { n: 1 } } });
    world.assign({ type: 'crash', id: 'c' });
    expect((await settledOf(world, ['c']))['c']).toMatchObject({ error: { code: 'HANDLER_CRASHED' } });
  });

  it('has failed when it is being preempted, and was stopped when its task was cancelled', async () => {
    const world = await started({ crash: uncooperative('exitOnStop', kind) });
    world.assign({ type: 'crash', id: 'a' }, { type: 'crash', id: 'b' });
    await progressOf(world, ['a', 'b']);
    stopAll(world, ['a'], { reason: 'preempted', graceMs: 60_000 });
    stopAll(world, ['b'], { reason: 'cancelled', graceMs: 60_000 });
    expect(await settledOf(world, ['a', 'b'])).toMatchObject({
      a: { outcome: 'failed', error: { code: 'HANDLER_CRASHED', details: { exitCode: 7 } } },
      b: { outcome: 'stopped' },
    });
  });
});
