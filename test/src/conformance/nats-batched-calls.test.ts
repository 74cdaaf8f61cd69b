import { readAuditText } from '@precedent/access';
import type { Grant, TaskView } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { linkStateOf, natsOperationCalls, openApiService } from '@precedent/nats';
import type { OrProblem, Reply } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aGrant, openGatedServices } from './gated-services.ts';
import { natsWorlds, rawHeaders, until } from './nats-world.ts';
import { aTask, everybodyMayUse, scriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds();
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

type Get = (id: string, reply: Reply<OrProblem<TaskView>>) => void;

const NOT_FOUND = { error: { code: 'TASK_NOT_FOUND', message: 'no such task' } } as const;

/** Calls of an engine that answers `get` with `answer`, and what arrives there. */
const setup = async (answer: Get) => {
  const { nc, subjects, root, connect } = await aWorld();
  const api = { ...scriptedApi(), get: answer };
  await openApiService({ nc, engine: everybodyMayUse(api), subjects, root, version: '1.2.3' });
  const messages: string[] = [];
  nc.subscribe(subjects.api('get'), { callback: (_, msg) => void messages.push(msg.string()) });
  await nc.flush();
  const calls = natsOperationCalls(await connect(), root);
  const get = (id: unknown) => calls.call({ group: 'task', verb: 'get', request: { id } });
  return { get, messages };
};

describe('reads of tasks in one turn of the event loop', () => {
  it('are one message, and get each its own task', async () => {
    const { get, messages } = await setup((id, reply) => reply(aTask({ id })));
    const tasks = await Promise.all(['a', 'b', 'c'].map(get));
    expect(tasks).toEqual(['a', 'b', 'c'].map((id) => aTask({ id })));
    expect(messages).toEqual(['[{"id":"a"},{"id":"b"},{"id":"c"}]']);
    expect(await get('d')).toEqual(aTask({ id: 'd' }));
    expect(messages).toHaveLength(2);
  });

  it('fail each with its own error, and a failed task is none', async () => {
    const failed = aTask({ id: 'b', error: { code: 'HANDLER_FAILED', message: 'no\nway' } });
    const { get, messages } = await setup((id, reply) => reply(id === 'b' ? failed : NOT_FOUND));
    const [unknown, task, invalid] = await Promise.allSettled([get('a'), get('b'), get(7)]);
    expect(unknown).toMatchObject({ reason: { code: 'TASK_NOT_FOUND' } });
    expect(task).toEqual({ status: 'fulfilled', value: failed });
    expect(invalid).toMatchObject({ reason: { code: 'INVALID_REQUEST' } });
    expect(messages.toSorted()).toEqual(
      ['[{"id":"a"},{"id":"b"},{"id":7}]', '{"id":"a"}', '{"id":7}'].toSorted(),
    );
  });

  it('are answered where their tasks are too large for one message together', async () => {
    const result = 'x'.repeat(600_000);
    const { get } = await setup((id, reply) => reply(aTask({ id, result })));
    const tasks = await Promise.all(['a', 'b', 'c'].map(get));
    expect(tasks).toEqual(['a', 'b', 'c'].map((id) => aTask({ id, result })));
  });

  it('are several messages where the requests are many', async () => {
    const { get, messages } = await setup((id, reply) => reply(aTask({ id })));
    const ids = Array.from({ length: 1_000 }, (_, n) => `${n}`.padEnd(LIMITS.idChars, 'x'));
    expect(await Promise.all(ids.map(get))).toEqual(ids.map((id) => aTask({ id })));
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.length).toBeLessThan(20);
  });

  it('are sent each alone to a service that takes no lists', async () => {
    const { nc, subjects, root, connect } = await aWorld();
    const headers = rawHeaders('Nats-Service-Error-Code: 400');
    nc.subscribe(subjects.api('get'), {
      callback: (_, msg) => {
        if (msg.string().startsWith('{')) msg.respond(msg.data);
        else msg.respond('{"error":{"code":"INVALID_REQUEST","message":"no list"}}', { headers });
      },
    });
    await nc.flush();
    const calls = natsOperationCalls(await connect(), root);
    const get = (id: string) => calls.call({ group: 'task', verb: 'get', request: { id } });
    expect(await Promise.all(['a', 'b'].map(get))).toEqual([{ id: 'a' }, { id: 'b' }]);
  });

  it('fail together when the connection breaks, and later ones are sent again', async () => {
    const { server, connect, root } = await aWorld();
    const nc = await connect();
    const calls = natsOperationCalls(nc, root);
    const get = (id: string) => calls.call({ group: 'task', verb: 'get', request: { id } });
    await server.kill();
    await until(() => !linkStateOf(nc).isUp());
    for (const outcome of await Promise.allSettled([get('a'), get('b')]))
      expect(outcome).toMatchObject({ reason: { code: 'NATS_UNREACHABLE' } });
    await server.restart();
    await until(() => linkStateOf(nc).isUp());
    await expect(get('c')).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' });
  });
});

describe('reads of tasks for callers in one turn of the event loop', () => {
  const readers = async (role: Grant['role'], project: string) => {
    const world = await openGatedServices(await aWorld(), { grants: [aGrant(role, { project })] });
    world.api.task = aTask({ id: 'a', namespace: 'acme' });
    const calls = natsOperationCalls(world.client, world.root);
    const get = (credential: string) =>
      calls.call({
        group: 'task',
        verb: 'get',
        request: { id: 'a' },
        caller: { namespace: 'acme', credential },
        traceparent: TRACE,
      });
    return { ...world, get };
  };

  it('are decided for each caller', async () => {
    const { get, seen } = await readers('viewer', 'default');
    const outcomes = await Promise.allSettled(['k1', 'k1', 'k2', 'k2'].map(get));
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? 'task' : one.reason.code))).toEqual([
      'task',
      'task',
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    expect(seen.map(({ scope }) => scope.projects)).toEqual([['default'], ['default']]);
  });

  it('are refused and recorded each by itself, with its trace', async () => {
    const { get, trail } = await readers('worker', '*');
    const outcomes = await Promise.allSettled(['k1', 'k1'].map(get));
    expect(outcomes).toMatchObject([{ reason: { code: 'FORBIDDEN' } }, { reason: { code: 'FORBIDDEN' } }]);
    const entries = (await trail.read(0)).flatMap(({ text }) => readAuditText(text)?.entries ?? []);
    const entry = {
      operation: 'task.get',
      decision: 'refused',
      targets: ['a'],
      traceId: TRACE.split('-')[1],
    };
    expect(entries).toMatchObject([entry, entry]);
  });
});
