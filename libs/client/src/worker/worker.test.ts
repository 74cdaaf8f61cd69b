import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AppError, Probe } from '@precedent/kernel';
import type { TestServer } from '../testing/nats-server.ts';
import { startServer } from '../testing/nats-server.ts';
import type { WorkerWorld } from '../testing/worker-world.ts';
import { workerWorld } from '../testing/worker-world.ts';
import type { Handler, JobContext } from './handler.ts';
import type { WorkerOptions, WorkerState } from './options.ts';

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

describe('a worker that starts', () => {
  it('says who it is and what it can', async () => {
    const { engine, worker } = await started({
      slots: 3,
      pools: ['gpu'],
      labels: { zone: 'a' },
      resources: { cpu: 4 },
    });
    expect(await engine.hellos.next()).toEqual({
      kind: 'hello',
      session: worker.session,
      worker: 'w',
      version: '0.1.0',
      types: ['echo', 'hold'],
      pools: ['gpu'],
      labels: { zone: 'a' },
      resources: { cpu: 4 },
      slots: 3,
      express: 1,
      ahead: 3,
      running: [],
    });
  });

  it('asks until an engine answers', async () => {
    const states: WorkerState[] = [];
    const { engine, worker } = await world({ onState: (state) => states.push(state) });
    await engine.die();
    const start = worker.start();
    await engine.serveWorkers();
    await start;
    expect(states).toEqual(['seeking', 'ready']);
  });

  it('takes work before an engine has answered, when it need not wait for one', async () => {
    const { engine, worker, assign } = await world({ waitForEngine: false });
    engine.answerHello = () => undefined;
    await worker.start();
    await engine.hellos.next();
    assign({});
    engine.answerHello = () => engine.welcome;
    expect(await engine.settled.next()).toMatchObject({ outcome: 'completed' });
  });

  it('rejects when the engine refuses what it says of itself', async () => {
    const { engine, worker } = await world();
    engine.answerHello = () => ({ error: { code: 'INVALID_REQUEST', message: 'a worker has letters only' } });
    await expect(worker.start()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(worker.state).toBe('stopped');
  });

  it('is refused at once with a type that it cannot run', async () => {
    const { client } = await world();
    const make = () => client.worker({ types: ['video'], handlers: { echo: () => Promise.resolve() } });
    expect(make).toThrow('no handler for tasks of type video');
    expect(() => client.worker({ handlers: {} })).toThrow('at least one handler');
    const handlers = { echo: () => Promise.resolve() };
    expect(() => client.worker({ handlers, slots: 0 })).toThrow('1 to 10000 slots; got 0');
    expect(() => client.worker({ handlers, express: -1 })).toThrow('express slots; got -1');
  });

  // What a program in JavaScript may say.
  it.each([
    [
      { isolate: 'thread' },
      'no option isolate; a handler is isolated by itself: handlers: { type: isolated({ in:',
    ],
    [{ slot: 4 }, 'no option slot; did you mean slots?'],
    [{ slots: '4' }, '1 to 10000 slots; got "4"'],
    [{ handlers: undefined }, 'a worker has handlers, by the type of their tasks; got undefined'],
    [
      { handlers: { echo: { isolate: 'fibre' } } },
      "the handler of type echo is a function, or isolated({ in: 'thread', module }); got object",
    ],
  ])('is refused at once with %j', async (given, problem) => {
    const { client } = await world();
    const handlers = { echo: () => Promise.resolve() };
    const options: object = { handlers, ...given };
    const make = (): unknown => client.worker({ ...options } as WorkerOptions);
    expect(make).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining(problem) }),
    );
  });
});

describe('a running task', () => {
  it('is given its job, and its result is reported', async () => {
    const { engine, runs, assign } = await started();
    assign({ type: 'hold', id: 'a', epoch: 4, attempt: 2, task: { payload: { n: 1 } } });
    const run = await runs.next();
    expect(run.job).toMatchObject({
      id: 'a',
      epoch: 4,
      attempt: 2,
      type: 'hold',
      task: { payload: { n: 1 } },
    });
    run.resolve({ sum: 3 });
    expect(await engine.settled.next()).toEqual({
      id: 'a',
      epoch: 4,
      outcome: 'completed',
      result: { sum: 3 },
    });
  });

  it('that throws is reported as failed, with what the error says of itself', async () => {
    class Flat extends Error {
      override readonly name = 'FlatError';
      readonly retryable = false;
    }
    const fail = (error: unknown) => () => Promise.reject(error);
    const { engine, assign } = await started({
      handlers: {
        plain: fail(new TypeError('no such column')),
        ours: fail(new AppError('COMMAND_FAILED', 'exit 3', { details: { exitCode: 3 } })),
        final: fail(new Flat('never again')),
        sync: () => {
          throw new Error('before any promise');
        },
      },
    });
    const errorOf = async (type: string): Promise<unknown> => {
      assign({ type, id: type });
      const { outcome, error } = await engine.settled.next();
      return { outcome, ...error };
    };
    const stack = expect.stringMatching(/^\w*Error: .+\n +at /s) as string;
    const failed = { outcome: 'failed', code: 'HANDLER_FAILED', details: { stack } };
    expect(await errorOf('plain')).toEqual({ ...failed, message: 'no such column', name: 'TypeError' });
    const details = { exitCode: 3 };
    expect(await errorOf('ours')).toEqual({
      outcome: 'failed',
      code: 'COMMAND_FAILED',
      message: 'exit 3',
      details,
    });
    expect(await errorOf('final')).toEqual({
      ...failed,
      message: 'never again',
      name: 'FlatError',
      retryable: false,
    });
    expect(await errorOf('sync')).toEqual({ ...failed, message: 'before any promise', name: 'Error' });
  });

  it('fails when its result is too large, or no JSON', async () => {
    const { engine, assign } = await started({
      handlers: { large: () => Promise.resolve('x'.repeat(300_000)), odd: () => Promise.resolve({ n: 1n }) },
    });
    assign({ type: 'large', id: 'a' });
    expect(await engine.settled.next()).toMatchObject({
      outcome: 'failed',
      error: { code: 'RESULT_TOO_LARGE' },
    });
    assign({ type: 'odd', id: 'b' });
    const error = { code: 'HANDLER_FAILED', retryable: false };
    expect(await engine.settled.next()).toMatchObject({ outcome: 'failed', error });
  });

  it('is aborted by a stop signal, and reported as stopped when it then throws', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a' });
    const { context, reject } = await runs.next();
    engine.signal(worker.session, { kind: 'stop', id: 'unknown', epoch: 1, reason: 'cancelled', graceMs: 0 });
    engine.signal(worker.session, { kind: 'stop', id: 'a', epoch: 1, reason: 'timeout', graceMs: 70 });
    context.signal.addEventListener('abort', () => reject(context.signal.reason));
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 1, outcome: 'stopped' });
    expect(context.signal.reason).toEqual({ reason: 'timeout', graceMs: 70 });
  });

  it('that returns after a request to stop has completed', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a' });
    const { context, resolve } = await runs.next();
    engine.signal(worker.session, { kind: 'stop', id: 'a', epoch: 1, reason: 'cancelled', graceMs: 70 });
    context.signal.addEventListener('abort', () => resolve('done before'));
    expect(await engine.settled.next()).toMatchObject({ outcome: 'completed', result: 'done before' });
  });

  it('may take its context apart, and can do nothing with it after its end', async () => {
    const seen: JobContext[] = [];
    const { engine, assign } = await started({
      handlers: {
        apart: (_, context) => {
          const { progress, heartbeat, log, signal } = context;
          seen.push(context);
          progress(0.5, 'half');
          heartbeat();
          log('log', 'a line');
          return Promise.resolve(signal.aborted);
        },
      },
    });
    assign({ type: 'apart' });
    expect(await engine.settled.next()).toMatchObject({ outcome: 'completed', result: false });
    seen[0]?.progress(0.9);
    assign({ id: 'b' });
    await engine.settled.next();
    expect(await engine.progress.next()).toMatchObject({ fraction: 0.5, message: 'half' });
    const last = engine.progress.next();
    assign({ type: 'apart', id: 'c' });
    expect(await last).toMatchObject({ id: 'c' });
  });

  it('sends its last progress before its end, and leaves out what came too fast', async () => {
    const order: string[] = [];
    const { engine, assign } = await started({
      handlers: {
        busy: (_, { progress }) => {
          for (let step = 0; step <= 1_000; step++) progress(step / 1_000);
          return Promise.resolve();
        },
      },
    });
    const push = engine.progress.hit.bind(engine.progress);
    engine.progress.hit = (message) => {
      order.push(`progress ${message.fraction}`);
      push(message);
    };
    assign({ type: 'busy' });
    const { outcome } = await engine.settled.next();
    expect([...order, outcome]).toEqual(['progress 0', 'progress 1', 'completed']);
  });

  it('is reported only when the last piece of its log is stored; others do not wait for it', async () => {
    const log: Handler = (_, context) => Promise.resolve(context.log('log', 'a line'));
    const { engine, assign } = await started({ handlers: { log } });
    const stores = new Probe<() => void>();
    stores.arm();
    await engine.answer(engine.subjects.logs, (_, message) => {
      stores.hit(() => message.respond('{}'));
      return undefined;
    });
    assign({ type: 'log', id: 'a' });
    const store = await stores.next();
    assign({ id: 'b' });
    expect(await engine.settled.next()).toMatchObject({ id: 'b' });
    store();
    expect(await engine.settled.next()).toMatchObject({ id: 'a' });
  });

  it('has its whole log stored, up to the cap', async () => {
    const { engine, client, assign } = await started({
      logBytes: 5_000,
      handlers: {
        chatty: (_, { log }) => {
          for (let line = 0; line < 100; line++) log('log', `line ${line}`);
          log('stdout', 'x'.repeat(10_000));
          return Promise.resolve();
        },
      },
    });
    await engine.openLogs();
    assign({ type: 'chatty', id: 'a' });
    await engine.settled.next();
    const chunks = [];
    for await (const chunk of client.logs('a')) chunks.push(chunk);
    const [lines, output, end] = chunks;
    expect(lines?.text.split('\n')).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n}`));
    expect(output?.stream).toBe('stdout');
    expect(end).toMatchObject({ text: '', truncated: true });
    const bytes = chunks.reduce((sum, { text }) => sum + text.length, 0);
    expect(bytes).toBeLessThanOrEqual(5_000 + 100);
  });
});

describe('what a worker does not run', () => {
  it('is given back: a type it does not know, and what comes when every slot is taken', async () => {
    const { engine, runs, assign } = await started({ slots: 1, express: 0 });
    assign({ type: 'unheard-of', id: 'a' }, { type: 'hold', id: 'b' }, { id: 'c' });
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 1, outcome: 'returned' });
    expect(await engine.settled.next()).toEqual({ id: 'c', epoch: 1, outcome: 'returned' });
    const run = await runs.next();
    run.resolve();
    expect(await engine.settled.next()).toMatchObject({ id: 'b', outcome: 'completed' });
    assign({ id: 'd' });
    expect(await engine.settled.next()).toMatchObject({ id: 'd', outcome: 'completed' });
  });

  it('is taken above its slots, up to its express slots', async () => {
    const { engine, runs, assign } = await started({ slots: 1, express: 1 });
    assign({ type: 'hold', id: 'a' }, { type: 'hold', id: 'b' }, { id: 'c' });
    expect(await engine.settled.next()).toEqual({ id: 'c', epoch: 1, outcome: 'returned' });
    for (const run of [await runs.next(), await runs.next()]) run.resolve();
    const ended = [await engine.settled.next(), await engine.settled.next()].map(({ id }) => id);
    expect(ended.toSorted()).toEqual(['a', 'b']);
  });

  it('is a lease that it holds already, or has seen replaced', async () => {
    const { engine, worker, runs, assign } = await started();
    assign({ type: 'hold', id: 'a', epoch: 2 });
    const run = await runs.next();
    assign({ type: 'hold', id: 'a', epoch: 2 }, { type: 'hold', id: 'a', epoch: 1 }, { id: 'b' });
    expect(await engine.settled.next()).toMatchObject({ id: 'b' });
    expect(worker.running).toBe(1);
    run.resolve();
    expect(await engine.settled.next()).toMatchObject({ id: 'a', epoch: 2, outcome: 'completed' });
  });
});

describe('a lease that was renewed elsewhere', () => {
  it('is stopped when a newer one of the same task comes, and both report their own end', async () => {
    const { engine, runs, assign } = await started();
    assign({ type: 'hold', id: 'a', epoch: 1 });
    const old = await runs.next();
    assign({ type: 'hold', id: 'a', epoch: 2 });
    const current = await runs.next();
    expect(old.context.signal.reason).toMatchObject({ reason: 'lease_lost' });
    old.resolve('too late');
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 1, outcome: 'stopped' });
    current.resolve('now');
    expect(await engine.settled.next()).toEqual({ id: 'a', epoch: 2, outcome: 'completed', result: 'now' });
  });
});
