import { openApiService, openRequestIngress, openStreamIngress, openWorkerIngress } from '@precedent/nats';
import type { TaskApi, WorkerApi } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds, until } from './nats-world.ts';
import { everybodyMayUse, scriptedApi } from './scripted-api.ts';

const aWorld = natsWorlds();
const gone = { code: 'ENGINE_NOT_RUNNING', message: 'this engine was succeeded' } as const;

/** An engine that accepts all requests and delays every answer. */
const silentApi = () => {
  const replies: (() => void)[] = [];
  const hold = (answer: () => void): void => void replies.push(answer);
  const api = {
    ...scriptedApi(),
    submit: (_: unknown, reply: Parameters<TaskApi['submit']>[1]) => hold(() => reply([{ id: 'a', seq: 1 }])),
    get: (_: string, reply: Parameters<TaskApi['get']>[1]) =>
      hold(() => reply({ error: { code: 'TASK_NOT_FOUND', message: 'too late' } })),
    report: (_: string, __: unknown, reply: Parameters<WorkerApi['report']>[2]) => hold(() => reply([])),
    room: () => 10,
  };
  return { api, replies };
};

const setup = async () => {
  const world = await aWorld();
  const client = await world.connect();
  const { nc, subjects, streams, root } = world;
  const open = async () => {
    const { api, replies } = silentApi();
    const endpoints = [
      await openRequestIngress({ nc, engine: everybodyMayUse(api), subjects, version: '1.0.0' }),
      await openApiService({ nc, engine: everybodyMayUse(api), subjects, root, version: '1.0.0' }),
      openWorkerIngress({ nc, workers: api, subjects, cell: 'main', onFault: () => undefined }),
      await openStreamIngress({ nc, engine: { tasks: api, ...everybodyMayUse(api) }, subjects, streams }),
    ];
    await nc.flush();
    return { endpoints, replies };
  };
  return { ...world, client, open };
};

describe('the endpoints of an engine that was succeeded', () => {
  it('refuse open and new requests at once, and drop the later answers of the engine', async () => {
    const { client, subjects, open } = await setup();
    const { endpoints, replies } = await open();
    const submitted = ask(client, subjects.submit('low'), { type: 't' });
    const got = ask(client, subjects.api('get'), { id: 'a' });
    await until(() => replies.length === 2);
    for (const endpoint of endpoints) endpoint.abandon(gone);
    expect(await submitted).toEqual({ error: gone });
    expect(await got).toEqual({ error: gone });
    for (const answer of replies) answer();
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    expect(replies).toHaveLength(2);
  });

  it('leave reports and dropped tasks to the successor', async () => {
    const { nc, client, subjects, open } = await setup();
    const old = await open();
    const report = { v: 1, kind: 'report', session: 's', settled: [] };
    const answers: string[] = [];
    client.subscribe('early', { callback: (_, msg) => void answers.push(msg.string()) });
    client.publish(subjects.report('main'), JSON.stringify(report), { reply: 'early' });
    await ask(client, subjects.drop('low'), { type: 't' });
    await until(() => old.replies.length === 2);
    for (const endpoint of old.endpoints) endpoint.abandon(gone);
    await nc.flush();
    const next = await open();
    await until(() => next.replies.length === 1);
    const again = ask(client, subjects.report('main'), report);
    await until(() => next.replies.length === 2);
    for (const answer of [...old.replies, ...next.replies]) answer();
    expect(await again).toEqual({ ok: true, refused: [] });
    await Promise.all([...old.endpoints, ...next.endpoints].map((endpoint) => endpoint.close()));
    await client.flush();
    expect(answers).toEqual([]);
  });
});
