import { ENGINE_OPERATIONS } from '@precedent/contracts';
import { openApiService } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds } from './nats-world.ts';
import { aTask, everybodyMayUse, scriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds();

const setup = async () => {
  const world = await aWorld();
  const api = scriptedApi();
  const { nc, subjects, root } = world;
  const service = await openApiService({
    nc,
    engine: everybodyMayUse(api),
    subjects,
    root,
    version: '1.2.3',
  });
  await world.nc.flush();
  const client = await world.connect();
  const call = (verb: string, request: unknown): Promise<unknown> =>
    ask(client, `${world.root}.task.${verb}`, request);
  return { ...world, api, service, client, call };
};

interface ServiceInfo {
  readonly name: string;
  readonly version: string;
  readonly endpoints: readonly { name: string; subject: string; metadata: Record<string, string> }[];
}

describe('the API service', () => {
  it('answers with the task', async () => {
    const { api, call } = await setup();
    api.task = aTask({ result: { pages: 3 }, state: 'completed' });
    expect(await call('get', { id: 't1' })).toEqual(api.task);
    expect(api.calls).toEqual([['get', 't1']]);
  });

  it('answers with a failed task as with any other, although the task has an error', async () => {
    const { api, call } = await setup();
    api.task = aTask({ state: 'failed', error: { code: 'HANDLER_FAILED', message: 'no' } });
    expect(await call('get', { id: 't1' })).toEqual(api.task);
  });

  it('records the deletion of a forgotten task only where the history has it in that namespace', async () => {
    const { api, call, client, root } = await setup();
    const claim = { id: 'old', namespace: 'shop' };
    expect(await call('deleteForgotten', claim)).toMatchObject({ error: { code: 'HISTORY_UNAVAILABLE' } });
    let answer: object = { error: { code: 'TASK_NOT_FOUND', message: 'no such task' } };
    client.subscribe(`${root}.history.get`, {
      callback: (_, msg) => void msg.respond(JSON.stringify(answer)),
    });
    await client.flush();
    expect(await call('deleteForgotten', claim)).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    answer = { task: { id: 'old', namespace: 'other' } };
    expect(await call('deleteForgotten', claim)).toMatchObject({ error: { code: 'TASK_NOT_FOUND' } });
    expect(api.calls).toEqual([]);
    answer = { task: { id: 'old', namespace: 'shop' } };
    await call('deleteForgotten', claim);
    expect(api.calls).toEqual([['delete', { ...claim, forgotten: true }]]);
  });

  it('refuses with the error in the answer and in the headers of a service', async () => {
    const { client, root } = await setup();
    const msg = await client.request(`${root}.task.get`, '{"id":"t1"}');
    expect(msg.json()).toEqual({ error: { code: 'TASK_NOT_FOUND', message: 'no task with this id' } });
    expect(msg.headers?.get('Nats-Service-Error-Code')).toBe('404');
    expect(msg.headers?.get('Nats-Service-Error')).toBe('TASK_NOT_FOUND: no task with this id');
  });

  it('refuses a request that its schema does not allow, and does not pass it to the engine', async () => {
    const { api, call } = await setup();
    expect(await call('get', '{')).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect(await call('get', {})).toMatchObject({ error: { issues: [{ field: 'id' }] } });
    expect(await call('wait', { id: 't1', timeoutMs: 31_000 })).toMatchObject({
      error: { issues: [{ field: 'timeoutMs' }] },
    });
    expect(await call('list', { limit: 0 })).toMatchObject({ error: { issues: [{ field: 'limit' }] } });
    expect(await call('cancel', { id: 't1', why: 'x' })).toMatchObject({
      error: { issues: [{ field: 'why' }] },
    });
    expect(await call('status', { all: true })).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect(api.calls).toEqual([]);
  });

  it('counts refusals and measures the processing time, also of delayed answers', async () => {
    const { api, call, client } = await setup();
    await call('get', { id: 't1' });
    await call('get', '{');
    api.task = aTask();
    await call('get', { id: 't1' });
    const { endpoints } = (await ask(client, '$SRV.STATS.precedent-engine', '')) as {
      endpoints: { name: string; num_requests: number; num_errors: number; last_error?: string }[];
    };
    const of = (name: string) => endpoints.find((endpoint) => endpoint.name === name);
    expect(of('get')).toMatchObject({
      num_requests: 3,
      num_errors: 2,
      last_error: 'INVALID_REQUEST: the message is not JSON',
      processing_time: expect.any(Number),
    });
    expect(of('list')).toMatchObject({ num_requests: 0, num_errors: 0 });
  });

  it('passes every argument of a request on to the engine', async () => {
    const { api, call } = await setup();
    api.task = aTask();
    expect(await call('cancel', { id: 't1', reason: 'no more' })).toEqual(api.task);
    await call('cancel', { id: 't1' });
    expect(await call('delete', { id: 't1', namespace: 'shop' })).toEqual({ id: 't1', deleted: true });
    await call('wait', { id: 't1', timeoutMs: 20 });
    await call('wait', { id: 't1' });
    expect(await call('list', { state: ['queued'], band: ['low'], limit: 5 })).toEqual({
      tasks: [api.task],
      truncated: false,
    });
    expect(await call('workers', '')).toEqual([]);
    expect(api.calls).toEqual([
      ['cancel', { id: 't1', reason: 'no more' }],
      ['cancel', { id: 't1' }],
      ['delete', { id: 't1', namespace: 'shop' }],
      ['wait', 't1', 20],
      ['wait', 't1', 30_000],
      ['list', { state: ['queued'], band: ['low'], limit: 5 }],
      ['workers'],
    ]);
  });

  it('adds memory and version of its process to the status of the engine', async () => {
    const { call } = await setup();
    expect(await call('status', {})).toMatchObject({ state: 'running', journalSeq: 7, version: '1.2.3' });
    expect(await call('status', {})).toHaveProperty('memoryMb', expect.any(Number));
  });

  it('can be discovered as a NATS micro service, with schemas, right and reach of every operation', async () => {
    const { client, root, service } = await setup();
    const info = (await ask(client, '$SRV.INFO.precedent-engine', '')) as ServiceInfo;
    expect(info).toMatchObject({ name: 'precedent-engine', version: '1.2.3' });
    const subjects = Object.keys(ENGINE_OPERATIONS).map((verb) => `${root}.task.${verb}`);
    expect(info.endpoints.map(({ subject }) => subject)).toEqual(subjects);
    for (const { metadata } of info.endpoints) {
      for (const schema of ['request', 'reply'])
        expect(JSON.parse(metadata[schema] ?? '')).toMatchObject({ $schema: expect.any(String) });
    }
    const cancel = info.endpoints.find(({ name }) => name === 'cancel');
    expect(cancel?.metadata).toMatchObject({ right: 'control', reach: 'namespace', mutates: 'true' });
    await service.close();
    await expect(client.request(`${root}.task.get`, '{"id":"t1"}')).rejects.toThrow('no responders');
  });
});
