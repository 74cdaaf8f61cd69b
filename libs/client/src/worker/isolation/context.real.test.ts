import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aCheckpoint, aResume, stepOf } from '../../testing/checkpoint-steps.ts';
import * as handlers from '../../testing/isolated-handlers.ts';
import { ofTests, progressOf, settledOf, stopAll } from '../../testing/isolated-world.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { IsolationKind } from './launch.ts';

const isolatedHandlers = (in_: IsolationKind) =>
  Object.fromEntries(Object.keys(handlers).map((name) => [name, ofTests(name, { in: in_, warm: 0 })]));

describe.each(['thread', 'process'] as const)('the context of a handler in a %s', (kind) => {
  let server: TestServer;
  let world: WorkerWorld;
  const undone: unknown[] = [];
  let tasks = 0;
  let id: string;

  beforeAll(async () => {
    server = await startServer();
    world = await workerWorld(server.url, {
      handlers: isolatedHandlers(kind),
      rollbacks: { undo: (payload) => Promise.resolve(void undone.push(payload)) },
    });
    await world.worker.start();
    await world.engine.openLogs();
  });
  afterAll(async () => {
    await world.close();
    await server.stop();
  });
  beforeEach(() => {
    id = `task-${++tasks}`;
  });

  const run = (type: string, payload: unknown = {}, over: Parameters<WorkerWorld['assign']>[0] = {}): void =>
    world.assign({ type, id, graceMs: 60_000, task: { payload }, ...over });
  const settled = async () => (await settledOf(world, [id]))[id];
  const inside = async () => (await progressOf(world, [id]))[id];
  const requestYield = (): void =>
    world.engine.signal(world.worker.session, {
      kind: 'yield',
      id,
      epoch: 1,
      reason: 'preempted',
      deadlineMs: 60_000,
    });
  const log = async (): Promise<string> => {
    let text = '';
    for await (const chunk of world.client.logs(id)) text += chunk.text;
    return text;
  };

  it('has every member that any handler has', async () => {
    run('everyMember');
    expect(await inside()).toBe('a quarter');
    expect(stepOf(await world.engine.keeps.next(), 'undo')).toMatchObject({
      name: 'undo',
      payload: { of: id },
    });
    const state = { at: '1970-01-01T00:00:00.000Z' };
    expect(stepOf(await world.engine.keeps.next(), 'checkpoint')).toMatchObject({ state, fraction: 0.5 });
    expect(await world.engine.atomics.next()).toMatchObject({ id, maxMs: 1_000 });
    expect(await world.engine.atomics.next()).toMatchObject({ id, maxMs: 0 });
    const result = { id, attempt: 1, key: `${id}/a`, inAtomic: 'inside', yields: false };
    expect(await settled()).toEqual({ id, epoch: 1, outcome: 'completed', result });
    expect(await log()).toBe('first\nsecond');
  });

  it('resumes from the last checkpoint', async () => {
    run('everyMember', {}, { epoch: 3, ...aResume({ checkpoint: aCheckpoint({ at: 7 }), segments: 2 }) });
    expect(await settled()).toMatchObject({ result: { resume: { state: { at: 7 }, seq: 4, segment: 2 } } });
  });

  it('aborts the signal, and leaves a handler in peace that ends because of it', async () => {
    run('wait');
    await inside();
    stopAll(world, [id], { reason: 'cancelled', graceMs: 60_000 });
    expect(await settled()).toEqual({ id, epoch: 1, outcome: 'stopped' });
  });

  it.each(['safePoints', 'checkpoints'])('yields when that is requested: %s', async (type) => {
    run(type);
    await inside();
    requestYield();
    expect(await settled()).toEqual({ id, epoch: 1, outcome: 'yielded' });
  });

  it.runIf(kind === 'thread')('shows requests to code that never waits', async () => {
    run('cpuBound');
    await inside();
    requestYield();
    expect(await settled()).toEqual({ id, epoch: 1, outcome: 'yielded' });
  });

  it('holds a stop back while an atomic section is open', async () => {
    run('atomicSection', { ms: 300 });
    await inside();
    stopAll(world, [id], { reason: 'cancelled', graceMs: 60_000 });
    expect(await settled()).toMatchObject({ outcome: 'stopped' });
    expect(await inside()).toBe('aborted inside: false, after: true');
  });

  it('is terminated after its grace when an atomic section does not end, and what was half done is rolled back', async () => {
    run('atomicLoop');
    await inside();
    stopAll(world, [id], { reason: 'cancelled', graceMs: 20 });
    expect(await settled()).toMatchObject({ outcome: 'stopped', error: { details: { signal: 'SIGKILL' } } });
    expect(undone).toEqual(['half done']);
    expect(await log()).toContain('had not left 20 ms after its stop (cancelled)');
  });

  it.each([
    ['plain', { code: 'HANDLER_FAILED', name: 'RangeError', message: 'of its own', retryable: false }],
    ['app', { code: 'INVALID_REQUEST', issues: [{ field: 'a', message: 'b' }], details: { c: 1 } }],
    ['text', { code: 'HANDLER_FAILED', message: 'only a text' }],
    ['unclonable', { code: 'HANDLER_FAILED', message: 'with a function' }],
  ])('passes on what the handler throws: %s', async (what, error) => {
    run('throws', what);
    expect(await settled()).toMatchObject({ outcome: 'failed', error });
  });

  it.each([
    ['unwritable', { code: 'HANDLER_FAILED', retryable: false, issues: [{ field: 'result.count' }] }],
    ['badCheckpoint', { code: 'INVALID_REQUEST', issues: [{ field: 'run' }] }],
  ])('refuses what JSON cannot hold: %s', async (type, error) => {
    run(type);
    expect(await settled()).toMatchObject({ outcome: 'failed', error });
  });

  it.each([
    ['frozen', [[expect.any(String), 1, 'D1']]],
    ['running', undefined],
  ])('lets the engine freeze what the handler runs outside: %s', async (state, suspended) => {
    run('freezable', state);
    await inside();
    const { session } = world.worker;
    const order = { id, epoch: 1, decision: 'D1' };
    world.engine.heartbeats.arm();
    world.engine.signal(session, { kind: 'suspend', ...order });
    if (suspended) expect((await world.engine.heartbeats.next()).suspended).toEqual(suspended);
    world.engine.signal(session, { kind: 'resume', ...order });
    stopAll(world, [id], { reason: 'cancelled', graceMs: 60_000 });
    await settled();
    expect(await log()).toMatch(/^suspended\n?resumed$/);
  });

  it('takes nothing from code that goes on after its handler has ended', async () => {
    run('leavesWork');
    expect(await settled()).toMatchObject({ result: 'left' });
    expect(await log()).toBe('');
  });
});
