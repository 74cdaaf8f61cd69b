import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TaskView } from '@precedent/contract-types';
import { Probe } from '@precedent/kernel';
import type { Client } from './client.ts';
import { connect } from './node.ts';
import type { TestServer } from './testing/nats-server.ts';
import { startServer } from './testing/nats-server.ts';
import type { ScriptedEngine } from './testing/scripted-engine.ts';
import { scriptedEngine } from './testing/scripted-engine.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const world = async (): Promise<{ client: Client; engine: ScriptedEngine }> => {
  const engine = await scriptedEngine(server.url);
  const client = await connect({ servers: server.url, root: engine.root, timeoutMs: 300 });
  onTestFinished(async () => {
    await client.close();
    await engine.close();
  });
  return { client, engine };
};

const view = (over: Partial<TaskView> = {}): TaskView => ({
  id: 'a',
  namespace: 'default',
  project: 'default',
  type: 'echo',
  band: 'normal',
  pool: 'default',
  state: 'completed',
  attempt: 1,
  retries: 0,
  submittedAt: 1,
  ...over,
});

const notFound = (details?: object): object => ({
  error: { code: 'TASK_NOT_FOUND', message: 'no task has the id a', ...(details && { details }) },
});

describe('result', () => {
  it('asks again until the task has its verdict, and returns its result', async () => {
    const { client, engine } = await world();
    const views = [view({ state: 'queued' }), view({ state: 'running' }), view({ result: { sum: 3 } })];
    const requests: unknown[] = [];
    await engine.api('wait', (body) => {
      requests.push(body);
      return views.shift();
    });
    expect(await client.result('a')).toEqual({ sum: 3 });
    expect(requests).toEqual(Array(3).fill({ id: 'a', timeoutMs: 5_000 }));
  });

  it('throws the error of a task that failed', async () => {
    const { client, engine } = await world();
    await engine.api('wait', () =>
      view({ state: 'failed', error: { code: 'COMMAND_FAILED', message: 'exit 3' } }),
    );
    await expect(client.result('a')).rejects.toMatchObject({ code: 'COMMAND_FAILED', message: 'exit 3' });
  });

  it('throws CANCELLED for a cancelled task, also when no error was kept', async () => {
    const { client, engine } = await world();
    await engine.api('wait', () => view({ state: 'cancelled' }));
    await expect(client.result('a')).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('throws WAIT_TIMEOUT when its own time is over', async () => {
    const { client, engine } = await world();
    await engine.api('wait', () => view({ state: 'running' }));
    await expect(client.result('a', { timeoutMs: 60 })).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
  });

  it('outlasts an engine that is away, starts, and comes back', async () => {
    const { client, engine } = await world();
    const result = client.result('a');
    // The server has said that no service listens before it answers the flush.
    await client.link.flush();
    const requests = new Probe();
    requests.arm();
    await engine.api('wait', () => {
      requests.hit();
      return { error: { code: 'ENGINE_NOT_RUNNING', message: 'the engine is recovering' } };
    });
    await requests.next();
    await engine.die();
    await engine.api('wait', () => view({ result: 1 }));
    expect(await result).toBe(1);
  });

  it('throws TASK_NOT_FOUND, except for a task that it published to the stream itself', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress();
    let answers = [notFound(), notFound(), view({ result: 2 })];
    await engine.api('wait', () => answers.shift());
    await expect(client.result('a')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await client.submit({ id: 'a', type: 'echo' }, { door: 'drop' });
    expect(await client.result('a')).toBe(2);
    answers = [notFound({ settled: true })];
    await expect(client.result('a')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});

describe('wait', () => {
  it('resolves to the task at its verdict, whatever the verdict is', async () => {
    const { client, engine } = await world();
    const failed = view({ state: 'failed', error: { code: 'COMMAND_FAILED', message: 'exit 3' } });
    await engine.api('wait', () => failed);
    await engine.api('get', () => failed);
    expect(await client.wait('a')).toEqual(failed);
    expect(await client.get('a')).toEqual(failed);
  });
});

describe('the other requests', () => {
  it('send what they are given, and give what they are answered', async () => {
    const { client, engine } = await world();
    const bodies: unknown[] = [];
    const take = (answer: object) => (body: unknown) => {
      bodies.push(body);
      return answer;
    };
    await engine.api('get', take(view()));
    await engine.api('list', take({ tasks: [view()], truncated: false }));
    await engine.api('cancel', take(view({ state: 'cancelled' })));
    await engine.api('workers', take([{ id: 'w' }]));
    await engine.api('status', take({ state: 'running' }));
    expect(await client.get('a')).toEqual(view());
    expect(await client.list({ state: ['running'] })).toMatchObject({ truncated: false });
    expect(await client.cancel('a', 'no longer wanted')).toMatchObject({ state: 'cancelled' });
    expect(await client.workers()).toEqual([{ id: 'w' }]);
    expect(await client.status()).toEqual({ state: 'running' });
    expect(bodies).toEqual([
      { id: 'a' },
      { state: ['running'] },
      { id: 'a', reason: 'no longer wanted' },
      {},
      {},
    ]);
  });

  it('throw the error of the answer, and ENGINE_UNREACHABLE when there is none', async () => {
    const { client, engine } = await world();
    await expect(client.get('a')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await engine.api('get', () => notFound());
    await expect(client.get('a')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await engine.api('status', () => undefined);
    await expect(client.status()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('understand the error headers of a NATS service', async () => {
    const { client, engine } = await world();
    const { headers } = await import('@nats-io/nats-core');
    const callback = (
      _: Error | null,
      message: { respond: (data: string, options: object) => boolean },
    ): void => {
      const options = headers();
      options.set('Nats-Service-Error-Code', '503');
      options.set('Nats-Service-Error', 'the engine is stopping');
      message.respond('', { headers: options });
    };
    engine.link.subscribe(engine.subjects.api('status'), { callback });
    await engine.link.flush();
    await expect(client.status()).rejects.toMatchObject({
      code: 'ENGINE_NOT_RUNNING',
      message: 'the engine is stopping',
    });
  });
});
