import path from 'node:path';
import type { Child } from '@precedent/processes';
import { startChild } from '@precedent/processes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOURCE, environmentOf } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/throwing-worker.ts');

describe('a worker process', () => {
  let world: World;
  let worker: Child;
  beforeAll(async () => {
    world = await emptyWorld();
    await world.startEngine();
    const env = environmentOf('throwing-worker', {});
    worker = await startChild({ name: 'worker', args: [SOURCE, PROGRAM, world.nats.url], env });
  });
  afterAll(async () => {
    await worker.stop({ stopMs: 5_000, forceMs: 2_000 });
    await world[Symbol.asyncDispose]();
  });

  it.each([
    ['an object without a prototype', 'throws.bare', '{}'],
    ['a revoked proxy', 'throws.revoked', 'an object that cannot be described'],
    ['a proxy that refuses everything', 'throws.hostile', 'an object that cannot be described'],
    ['a symbol', 'throws.symbol', 'Symbol(s)'],
    ['an error whose message throws', 'throws.getters', 'Error'],
    ['an error with half an emoji', 'throws.half', 'x \ufffd'],
    [
      'an object without a prototype while its result is written',
      'returns.refusing',
      'the result cannot be written as JSON: result: it cannot be read: {}',
    ],
  ])('survives a handler that throws %s, and reports its task as failed', async (_, type, message) => {
    const { id } = await world.client.submit({ type, retry: { max: 0 } });
    await expect(world.client.result(id, { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      message,
    });
    const { id: next } = await world.client.submit({ type: 'survives' });
    expect(await world.client.result(next, { timeoutMs: 20_000 })).toBe(worker.pid);
  });
});
