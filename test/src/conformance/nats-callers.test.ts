import { jetstreamManager } from '@nats-io/jetstream';
import type { Grant } from '@precedent/contract-types';
import { callerSubjectsOf } from '@precedent/contracts';
import { ensureLogStream, natsTaskOutput } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { aGrant, openGatedServices } from './gated-services.ts';
import { ask, natsWorlds, until } from './nats-world.ts';

const aWorld = natsWorlds();
const setup = async (...grants: readonly Grant[]) => openGatedServices(await aWorld(), { grants });

describe('a request whose subject names its caller', () => {
  it('reaches the engine with the scope of the caller', async () => {
    const { api, client, own, seen } = await setup(aGrant('viewer', { project: 'web' }));
    await ask(client, own.api('get'), { id: 'a' });
    expect(api.calls).toEqual([['get', 'a']]);
    expect(seen).toMatchObject([{ scope: { namespace: 'acme', projects: ['web'] } }]);
  });

  it('is refused for a credential that does not exist, and for one that was revoked', async () => {
    const { client, own, root, revoke, seen } = await setup(aGrant('viewer'));
    const unknown = callerSubjectsOf(root, { namespace: 'acme', credential: 'k2' });
    const refused = { error: { code: 'UNAUTHENTICATED' } };
    expect(await ask(client, unknown.api('get'), { id: 'a' })).toMatchObject(refused);
    await revoke();
    expect(await ask(client, own.api('get'), { id: 'a' })).toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  it('is refused without the right, which the refusal names', async () => {
    const { client, own, seen } = await setup(aGrant('viewer'));
    expect(await ask(client, own.api('cancel'), { id: 'a' })).toMatchObject({
      error: { code: 'FORBIDDEN', details: { right: 'control', namespace: 'acme' } },
    });
    expect(await ask(client, own.submit('low'), { type: 't' })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(seen).toEqual([]);
  });

  it('is refused in a namespace without a grant, and for the cell as a whole', async () => {
    const { client, own, root } = await setup(aGrant('admin'));
    const other = callerSubjectsOf(root, { namespace: 'beta', credential: 'k1' });
    const refused = { error: { code: 'FORBIDDEN' } };
    expect(await ask(client, other.api('list'), {})).toMatchObject(refused);
    expect(await ask(client, own.api('status'), {})).toMatchObject(refused);
    expect(await ask(client, own.api('decisions'), {})).toMatchObject(refused);
  });

  it('deletes a forgotten task of its namespace, in a project that it administers', async () => {
    const { api, client, own, root } = await setup(aGrant('admin', { project: 'web' }));
    let task = { id: 'old', namespace: 'beta', project: 'web' };
    client.subscribe(`${root}.history.get`, {
      callback: (_, msg) => void msg.respond(JSON.stringify({ task })),
    });
    await client.flush();
    const remove = () => ask(client, own.api('deleteForgotten'), { id: 'old' });
    const unknown = {
      error: { code: 'TASK_NOT_FOUND', message: 'no task of namespace acme has the id old' },
    };
    expect(await remove()).toEqual(unknown);
    task = { ...task, namespace: 'acme', project: 'shop' };
    expect(await remove()).toEqual(unknown);
    expect(api.calls).toEqual([]);
    task = { ...task, project: 'web' };
    await remove();
    expect(api.calls).toEqual([['delete', { id: 'old', namespace: 'acme', forgotten: true }]]);
  });

  it('is refused in its namespace without the right to delete forgotten tasks', async () => {
    const { client, own } = await setup(aGrant('operator'));
    const answer = await ask(client, own.api('deleteForgotten'), { id: 'old' });
    expect(answer).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('gets the namespace of its subject, and is refused when its body names another one', async () => {
    const { api, client, own } = await setup(aGrant('viewer'));
    await ask(client, own.api('list'), {});
    expect(api.calls).toEqual([['list', { namespace: 'acme' }]]);
    expect(await ask(client, own.api('list'), { namespace: 'beta' })).toMatchObject({
      error: { code: 'INVALID_REQUEST', issues: [{ field: 'namespace' }] },
    });
  });
});

describe('a subject with a wildcard for the namespace', () => {
  it.each(['*', '>', 'a'.repeat(65), 'a$b'])(
    'is refused, because it would stand for all of them: %s',
    async (namespace) => {
      const grant = aGrant('submitter', { namespace: '*', highestBand: 'low', types: ['t'] });
      const { api, client, root, seen } = await setup(grant);
      const every = callerSubjectsOf(root, { namespace, credential: 'k1' });
      const refused = { error: { code: 'INVALID_REQUEST', issues: [{ field: 'namespace' }] } };
      expect(await ask(client, every.api('cancel'), { id: 'a' })).toMatchObject(refused);
      expect(await ask(client, every.api('list'), {})).toMatchObject(refused);
      expect(await ask(client, every.submit('critical'), { type: 'other' })).toMatchObject(refused);
      expect([api.calls, api.offers, seen]).toEqual([[], [], []]);
    },
  );

  it('is recorded as refused when a task is published to the stream', async () => {
    const { api, client, root } = await setup(aGrant('submitter', { namespace: '*' }));
    const every = callerSubjectsOf(root, { namespace: '*', credential: 'k1' });
    await ask(client, every.drop('high'), { id: 'a', type: 't' });
    await until(() => api.offers.length === 1);
    expect(api.offers).toMatchObject([{ problem: { code: 'INVALID_REQUEST' } }]);
  });
});

describe('a task that a caller publishes to the stream', () => {
  it('is submitted in its name', async () => {
    const { api, client, own, seen } = await setup(aGrant('submitter'));
    await ask(client, own.drop('high'), { id: 'a', type: 't' });
    await until(() => api.offers.length === 1);
    expect(api.offers).toEqual([{ task: { id: 'a', type: 't' }, band: 'high' }]);
    expect(seen.at(-1)?.principal?.principal.name).toBe('ann');
  });

  it('is recorded as refused in its namespace when the key is not valid any more', async () => {
    const { api, client, own, revoke } = await setup(aGrant('submitter'));
    await revoke();
    await ask(client, own.drop('high'), { id: 'a', type: 't' });
    await until(() => api.offers.length === 1);
    expect(api.offers).toMatchObject([{ namespace: 'acme', problem: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('a worker with a credential', () => {
  const hello = { v: 1, kind: 'hello', session: 's1', worker: 'w', version: '1', types: ['t'], pools: ['a'] };
  const whole = { ...hello, labels: {}, resources: {}, slots: 1, running: [] };

  it('has sessions of its own, whatever name a message gives', async () => {
    const { api, client, own } = await setup(aGrant('worker', { namespace: '*' }));
    expect(await ask(client, own.report('main'), whole)).toMatchObject({ ok: true });
    await ask(client, own.report('main'), { v: 1, kind: 'report', session: 's1', settled: [] });
    expect(api.calls).toMatchObject([
      ['hello', { session: 'k1.s1' }],
      ['report', 'k1.s1', []],
    ]);
  });

  it('serves the pools of its grant only', async () => {
    const { api, client, own } = await setup(aGrant('worker', { namespace: '*', pools: ['b'] }));
    expect(await ask(client, own.report('main'), whole)).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(api.calls).toEqual([]);
  });

  it('is refused without a grant of the role worker', async () => {
    const { client, own } = await setup(aGrant('admin'));
    expect(await ask(client, own.report('main'), whole)).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('writes output into the log of a task that runs in a session of its own, and of no other', async () => {
    const { nc, api, client, own, subjects, streams } = await setup(aGrant('worker', { namespace: '*' }));
    await ensureLogStream({ nc, subjects, streams, maxBytes: 1_048_576 });
    api.holders.set('t1/1', 'k1.s1').set('t2/1', 'k2.s1').set('t3/1', 'k10.s1').set('t4/1', 's1');
    const chunk = { id: 't1', epoch: 1, attempt: 1, stream: 'stdout', at: 1, text: 'hello' };
    const write = (task: string, body: unknown) => ask(client, own.output('main', task), body);
    expect(await write('t1', chunk)).toMatchObject({ stream: streams.logs, seq: 1 });
    for (const id of ['t2', 't3', 't4'])
      expect(await write(id, { ...chunk, id })).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await write('t1', { ...chunk, epoch: 2 })).toMatchObject({ error: { code: 'STALE_EPOCH' } });
    for (const body of [{ ...chunk, id: 't2' }, { ...chunk, stream: 'other' }, 'text'])
      expect(await write('t1', body)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    const { chunks } = await natsTaskOutput({ nc, subjects, streams }).read({
      id: 't1',
      after: 0,
      limit: 10,
      waitMs: 0,
    });
    expect(chunks).toEqual([chunk]);
    const stream = await (await jetstreamManager(nc)).streams.info(streams.logs);
    expect(stream.state.messages).toBe(1);
  });
});
