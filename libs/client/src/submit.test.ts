import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { streamsOf } from '@precedent/contracts';
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
  const client = await connect({ servers: server.url, root: engine.root });
  onTestFinished(async () => {
    await client.close();
    await engine.close();
  });
  return { client, engine };
};

const idOf = (body: unknown): string => (body as { id: string }).id;

describe('submit', () => {
  it('requests the engine at the ingress of the band, and passes its answer on', async () => {
    const { client, engine } = await world();
    const seen = new Probe<{ subject: string; body: unknown }>();
    seen.arm();
    await engine.submit((body, { subject }) => {
      seen.hit({ subject, body });
      return { id: idOf(body), seq: 7 };
    });
    const preemption = { mode: 'at_checkpoint', exempt: '10s' } as const;
    const task = { id: 'a', type: 'echo', band: 'critical', payload: { n: 1 }, preemption } as const;
    const accepted = await client.submit(task);
    expect(accepted).toEqual({ id: 'a', seq: 7, door: 'ask' });
    expect(await seen.next()).toEqual({
      subject: engine.subjects.submit('critical'),
      body: task,
    });
  });

  it('takes the band of the origin when the task names none', async () => {
    const { client, engine } = await world();
    await engine.submit((body, { subject }) => ({ id: idOf(body), seq: subject.endsWith('.high') ? 1 : 0 }));
    expect(await client.submit({ type: 'echo', origin: 'project' })).toMatchObject({ seq: 1 });
  });

  it('gives a task without an id one, and keeps it when the answer is lost and it asks again', async () => {
    const { client, engine } = await world();
    const ids: string[] = [];
    await engine.submit((body) => {
      ids.push(idOf(body));
      return ids.length < 2 ? undefined : { id: idOf(body), seq: 3, duplicate: true };
    });
    const accepted = await client.submit({ type: 'echo' }, { timeoutMs: 900 });
    expect(accepted).toEqual({ id: ids[0], seq: 3, duplicate: true, door: 'ask' });
    expect(ids).toEqual([ids[0], ids[0]]);
    expect(ids[0]).toMatch(/^[0-9A-Z]{26}$/);
  });

  it('throws the refusal of the engine with everything in it', async () => {
    const { client, engine } = await world();
    const error = {
      code: 'QUEUE_FULL',
      message: 'band low holds 5 of 5 tasks',
      retryAfterMs: 40,
      details: { limit: 5 },
    };
    await engine.submit(() => ({ error }));
    const refused = client.submit({ type: 'echo' });
    await expect(refused).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      extras: { retryAfterMs: 40, details: { limit: 5 } },
    });
  });

  it('shows an error code that it does not know as INTERNAL, with the code kept', async () => {
    const { client, engine } = await world();
    await engine.submit(() => ({ error: { code: 'FROM_THE_FUTURE', message: 'what' } }));
    const details = { code: 'FROM_THE_FUTURE' };
    await expect(client.submit({ type: 'echo' })).rejects.toMatchObject({
      code: 'INTERNAL',
      extras: { details },
    });
  });

  it('publishes the task to the stream when no engine listens', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress();
    const accepted = await client.submit({ id: 'a', type: 'echo', band: 'low' });
    expect(accepted).toEqual({ id: 'a', seq: 1, door: 'drop' });
    expect(await engine.stored(streamsOf(engine.root).tasks)).toEqual([
      { id: 'a', type: 'echo', band: 'low' },
    ]);
  });

  it('publishes it with a message id that no other client with a credential can use first', async () => {
    const { engine } = await world();
    await engine.openStreamIngress();
    const connected = async (credential: string): Promise<Client> => {
      const client = await connect({ servers: server.url, root: engine.root, credential });
      onTestFinished(() => client.close());
      return client;
    };
    const [ann, eve] = [await connected('k1'), await connected('k2')];
    const task = { id: 'default--a', type: 'echo' };
    expect(await eve.submit(task, { door: 'drop' })).toEqual({ id: task.id, seq: 1, door: 'drop' });
    expect(await ann.submit(task, { door: 'drop' })).toEqual({ id: task.id, seq: 2, door: 'drop' });
    expect(await ann.submit(task, { door: 'drop' })).toMatchObject({ seq: 2, duplicate: true });
  });

  it('leaves it there too when an engine listens but does not answer in time', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress();
    await engine.submit(() => undefined);
    expect(await client.submit({ id: 'a', type: 'echo' }, { timeoutMs: 600 })).toMatchObject({
      seq: 1,
      door: 'drop',
    });
  });

  it('leaves it there too when the engine says that it is not running', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress();
    await engine.submit(() => ({ error: { code: 'ENGINE_NOT_RUNNING', message: 'the engine is paused' } }));
    expect(await client.submit({ id: 'a', type: 'echo' })).toMatchObject({ door: 'drop' });
    await expect(client.submit({ type: 'echo' }, { door: 'ask' })).rejects.toMatchObject({
      code: 'ENGINE_NOT_RUNNING',
    });
  });

  it('says so when the stream has the task already', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress();
    await client.submit({ id: 'a', type: 'echo' }, { door: 'drop' });
    expect(await client.submit({ id: 'a', type: 'echo' }, { door: 'drop' })).toMatchObject({
      seq: 1,
      duplicate: true,
    });
  });

  it('calls a full stream QUEUE_FULL', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress({ max_msgs: 1 });
    await client.submit({ id: 'a', type: 'echo' }, { door: 'drop' });
    await expect(client.submit({ id: 'b', type: 'echo' }, { door: 'drop' })).rejects.toMatchObject({
      code: 'QUEUE_FULL',
    });
  });

  it('is refused with ENGINE_UNREACHABLE when only a request is allowed, and when there is no stream', async () => {
    const { client } = await world();
    await expect(client.submit({ type: 'echo' }, { door: 'ask' })).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    });
    await expect(client.submit({ type: 'echo' })).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('refuses here what JSON cannot hold, and what is too large', async () => {
    const { client } = await world();
    const bad = client.submit({ type: 'echo', payload: { rows: [{ n: 10n }] } as never });
    const issues = [{ field: 'payload.rows.0.n', message: 'a bigint has no JSON form' }];
    await expect(bad).rejects.toMatchObject({ code: 'INVALID_TASK', extras: { issues } });
    const large = client.submit({ type: 'echo', payload: 'é'.repeat(150_000) });
    await expect(large).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});
