import type { Msg } from '@nats-io/nats-core';
import { LIMITS } from '@precedent/contracts';
import type { LeaseStepMessage } from '@precedent/contracts';
import { Probe, isAppError } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sha256Of, stepOf } from '../../testing/checkpoint-steps.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import type { HeldRun, WorkerWorld } from '../../testing/worker-world.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import type { WorkerOptions } from '../options.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Held = WorkerWorld & { readonly run: HeldRun };

/** A started worker that runs the task `a`. */
const held = async (options: Partial<WorkerOptions> = {}): Promise<Held> => {
  const made = await workerWorld(server.url, options);
  onTestFinished(made.close);
  await made.worker.start();
  made.assign({ type: 'hold', id: 'a', epoch: 3 });
  return { ...made, run: await made.runs.next() };
};

/** Steps wait for the test to answer them. */
const answeredByHand = ({ engine }: WorkerWorld): Probe<(answer: object) => void> => {
  const waiting = new Probe<(answer: object) => void>();
  waiting.arm();
  engine.answerKeep = (_: LeaseStepMessage, message: Msg) => {
    waiting.hit((answer) => void message.respond(JSON.stringify(answer)));
    return undefined;
  };
  return waiting;
};

const OK = { ok: true };
const refusal = (code: string) => ({ error: { code, message: 'as the test wants it' } });

describe('a checkpoint', () => {
  it('says all that the next run needs: state, hash, version, size, progress', async () => {
    const { engine, run, worker } = await held({ handlerVersion: '7' });
    await run.context.checkpoint({ b: [1, 'é'], a: new Date(0) }, { fraction: 0.25 });
    const text = '{"a":"1970-01-01T00:00:00.000Z","b":[1,"é"]}';
    expect(await engine.keeps.next()).toEqual({
      kind: 'keep',
      session: worker.session,
      id: 'a',
      epoch: 3,
      step: {
        kind: 'checkpoint',
        seq: 1,
        hash: sha256Of(text),
        version: '7',
        bytes: 45,
        state: JSON.parse(text) as unknown,
        fraction: 0.25,
      },
    });
  });

  it('resolves only when it is durable', async () => {
    const world = await held();
    const waiting = answeredByHand(world);
    const settled: string[] = [];
    const done = world.run.context.checkpoint(1).then(() => settled.push('durable'));
    const answer = await waiting.next();
    await world.engine.link.flush();
    expect(settled).toEqual([]);
    answer(OK);
    await done;
    expect(settled).toEqual(['durable']);
  });

  it('is repeated under the same number until the engine has taken it', async () => {
    const { engine, run } = await held();
    const answers = [refusal('ENGINE_NOT_RUNNING'), refusal('JOURNAL_UNAVAILABLE'), OK];
    engine.answerKeep = () => answers.shift();
    await run.context.checkpoint('x');
    const tries = [await engine.keeps.next(), await engine.keeps.next(), await engine.keeps.next()];
    expect(tries.map((keep) => stepOf(keep, 'checkpoint').seq)).toEqual([1, 1, 1]);
    expect(answers).toEqual([]);
  });

  it('keeps its place: one at a time, numbered in the order of the calls, each as its state was then', async () => {
    const world = await held();
    const waiting = answeredByHand(world);
    const { context } = world.run;
    const state = { at: 1 };
    const first = context.checkpoint(state);
    state.at = 2;
    const second = context.checkpoint(state);
    const answerFirst = await waiting.next();
    await world.engine.link.flush();
    const one = stepOf(await world.engine.keeps.next(), 'checkpoint');
    expect([one.seq, one.state]).toEqual([1, { at: 1 }]);
    const early = world.engine.keeps.next();
    answerFirst(OK);
    await first;
    const two = stepOf(await early, 'checkpoint');
    expect([two.seq, two.state]).toEqual([2, { at: 2 }]);
    (await waiting.next())(OK);
    await second;
  });

  it('is refused while as many as may be wait for their turn, and is taken again afterwards', async () => {
    const world = await held();
    const waiting = answeredByHand(world);
    const { context } = world.run;
    const steps = Array.from({ length: LIMITS.stepsWaiting }, (_, n) => context.checkpoint(n));
    await expect(context.checkpoint('more')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the attempt has 2000 of 2000 steps under way: wait for one before the next',
    });
    const answerFirst = await waiting.next();
    world.engine.answerKeep = () => OK;
    answerFirst(OK);
    await Promise.all(steps);
    await context.checkpoint('more');
  });

  it('of a lease that has ended fails, aborts the handler, and leaves no result', async () => {
    const { engine, run } = await held();
    engine.answerKeep = () => refusal('STALE_EPOCH');
    await expect(run.context.checkpoint(1)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(run.context.signal.reason).toMatchObject({ reason: 'lease_lost' });
    await expect(run.context.checkpoint(2)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    run.resolve('too late');
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 3, outcome: 'stopped' });
  });

  it('that waits for an answer fails as soon as the lease is lost', async () => {
    const world = await held();
    const waiting = answeredByHand(world);
    const codes: unknown[] = [];
    const note = (error: unknown): unknown => codes.push(isAppError(error) && error.code);
    world.run.context.checkpoint(1).catch(note);
    world.run.context.checkpoint(2).catch(note);
    await waiting.next();
    world.assign({ type: 'hold', id: 'a', epoch: 4 });
    await world.runs.next();
    await world.engine.link.flush();
    expect(codes).toEqual(['STALE_EPOCH', 'STALE_EPOCH']);
    world.run.reject(new Error('so be it'));
    expect(await world.engine.settled.next()).toMatchObject({ epoch: 3, outcome: 'stopped' });
  });

  it('that the engine refuses for another reason fails alone; the next one takes its number', async () => {
    const { engine, run } = await held();
    engine.answerKeep = () => refusal('INVALID_REQUEST');
    await expect(run.context.checkpoint(1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    engine.answerKeep = () => OK;
    await run.context.checkpoint(2);
    const steps = [await engine.keeps.next(), await engine.keeps.next()];
    expect(steps.map((keep) => stepOf(keep, 'checkpoint')).map(({ seq, state }) => [seq, state])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(run.context.signal.aborted).toBe(false);
  });

  it('waits until a new engine knows the session', async () => {
    const { engine, run } = await held();
    await engine.hellos.next();
    const order: string[] = [];
    engine.answerHello = () => undefined;
    engine.announce(1);
    engine.announce(2);
    await engine.hellos.next();
    const durable = run.context.checkpoint(1).then(() => order.push('durable'));
    engine.answerHello = () => {
      order.push('hello');
      return { ...engine.welcome, keep: [['a', 3]] };
    };
    await durable;
    expect(order).toEqual(['hello', 'durable']);
  });

  it.each([
    ['a Map', new Map([[1, 2]]), 'a Map has no JSON form'],
    ['a function', { f: () => 0 }, 'f: a function has no JSON form'],
    ['a bigint', [1n], '0: a bigint has no JSON form'],
  ])('of %s is refused at once', async (_, state, says) => {
    const { run } = await held();
    await expect(run.context.checkpoint(state)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `the state cannot be written as JSON: ${says}`,
    });
  });

  it('larger than the limit is refused, with the limit', async () => {
    const { run } = await held();
    const large = 'x'.repeat(LIMITS.checkpointBytes - 1);
    await expect(run.context.checkpoint(large)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: 'the state has 67108865 of at most 67108864 bytes as JSON',
    });
  });

  it.each([
    [Number.NaN, undefined],
    [7, 1],
    [-1, 0],
  ])('draws the progress %d to %s', async (fraction, durable) => {
    const { engine, run } = await held();
    await run.context.checkpoint(undefined, { fraction });
    const step = stepOf(await engine.keeps.next(), 'checkpoint');
    expect([step.fraction, step.state]).toEqual([durable, null]);
  });

  it('may name its own version, of 64 characters at most', async () => {
    const { engine, run } = await held();
    await run.context.checkpoint(1, { version: 'v'.repeat(64) });
    expect(stepOf(await engine.keeps.next(), 'checkpoint').version).toBe('v'.repeat(64));
    const long = run.context.checkpoint(1, { version: 'v'.repeat(65) });
    await expect(long).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('that is not awaited is durable before the end is reported, and its failure ends nothing else', async () => {
    const world = await held();
    const waiting = answeredByHand(world);
    void world.run.context.checkpoint(1);
    void world.run.context.checkpoint({ not: () => 'writable' });
    world.run.resolve('done');
    const answer = await waiting.next();
    world.assign({ id: 'b' });
    expect(await world.engine.settled.next()).toMatchObject({ id: 'b' });
    answer(OK);
    expect(await world.engine.settled.next()).toMatchObject({ id: 'a', outcome: 'completed' });
  });

  it('after the end of its attempt is refused', async () => {
    const { engine, run } = await held();
    run.resolve();
    await engine.settled.next();
    await expect(run.context.checkpoint(1)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    await expect(run.context.onRollback('x')).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  });
});

describe('the context', () => {
  it('gives keys that are the same for every attempt', async () => {
    const { engine, run, runs, assign } = await held();
    const { idempotencyKey } = run.context;
    expect(idempotencyKey('charge')).toBe('a/charge');
    run.resolve();
    await engine.settled.next();
    assign({ type: 'hold', id: 'a', epoch: 4, attempt: 2, resume: { undo: [], segments: 1 } });
    const next = await runs.next();
    expect(next.context.idempotencyKey('charge')).toBe('a/charge');
  });

  it('can be copied, with something of the handler’s own in it', async () => {
    const { engine, worker, run } = await held();
    const copy = { ...run.context, log: () => undefined };
    expect(Object.keys(copy).toSorted()).toEqual([
      'atomic',
      'checkpoint',
      'heartbeat',
      'idempotencyKey',
      'log',
      'onRollback',
      'progress',
      'resume',
      'signal',
      'suspendable',
      'yieldIfRequested',
      'yieldRequested',
      'yieldSignal',
    ]);
    const aborted = new Promise((resolve) => copy.signal.addEventListener('abort', resolve));
    engine.signal(worker.session, { kind: 'stop', id: 'a', epoch: 3, reason: 'cancelled', graceMs: 5 });
    await aborted;
  });

  it('of a worker with names or versions out of bounds is never made', async () => {
    const { client } = await held();
    const handlers = { echo: () => Promise.resolve() };
    const rollbacks = { ['x'.repeat(101)]: () => Promise.resolve() };
    expect(() => client.worker({ handlers, rollbacks })).toThrow('1 to 100 characters; got 101');
    expect(() => client.worker({ handlers, handlerVersion: 'v'.repeat(65) })).toThrow('at most 64');
  });
});
