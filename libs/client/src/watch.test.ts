import { headers } from '@nats-io/nats-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TaskEvent } from '@precedent/contracts';
import type { Client } from './client.ts';
import { connect } from './node.ts';
import type { TestServer } from './testing/nats-server.ts';
import { startServer } from './testing/nats-server.ts';
import type { ScriptedEngine } from './testing/scripted-engine.ts';
import { scriptedEngine } from './testing/scripted-engine.ts';
import type { Watch } from './watch.ts';
import { isGap } from './watch.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const world = async (at: TestServer = server): Promise<{ client: Client; engine: ScriptedEngine }> => {
  const engine = await scriptedEngine(at.url);
  const client = await connect({ servers: at.url, root: engine.root });
  onTestFinished(async () => {
    await client.close();
    await engine.close();
  });
  return { client, engine };
};

const anEvent = (over: Partial<TaskEvent> = {}): TaskEvent => ({
  id: 'a',
  namespace: 'acme',
  project: 'web',
  type: 'document.process',
  band: 'normal',
  event: 'queued',
  at: 1_700_000_000_000,
  attempt: 0,
  ...over,
});

const eventHeaders = () => {
  const made = headers();
  made.set('ce-id', 'a-queued');
  return made;
};

/** A watch that the server knows of. */
const watching = async (client: Client, watch: Watch): Promise<Watch> => {
  await client.link.flush();
  return watch;
};

const take = async (watch: Watch, count: number): Promise<unknown[]> => {
  const taken: unknown[] = [];
  for await (const item of watch) {
    taken.push(isGap(item) ? item : `${item.id} ${item.event}`);
    if (taken.length >= count) break;
  }
  return taken;
};

describe('watch', () => {
  it('passes over what is no event, and goes on', async () => {
    const { client, engine } = await world();
    const watch = await watching(client, client.watch());
    const subject = engine.subjects.event({ namespace: 'a', project: 'b', type: 'c', event: 'queued' });
    const texts = ['', '1', 'null', '[]', '{}', '{"id":1}', '"text"'];
    const fields = [{ type: undefined }, { at: 1e308 }, { error: 5 }, { worker: {} }, { attempt: 'x' }];
    for (const over of fields) texts.push(JSON.stringify({ ...anEvent(), ...over }));
    for (const text of texts) engine.link.publish(subject, text, { headers: eventHeaders() });
    engine.emit(anEvent({ id: 'real' }));
    expect(await take(watch, 1)).toEqual(['real queued']);
  });

  it('passes over an event without the attributes of one, such as the answer to a request of another client', async () => {
    const { client, engine } = await world();
    const watch = await watching(client, client.watch());
    const { namespace, project, type, event } = anEvent();
    const subject = engine.subjects.event({ namespace, project, type, event });
    engine.link.publish(subject, JSON.stringify(anEvent({ id: 'forged' })));
    engine.emit(anEvent({ id: 'real' }));
    expect(await take(watch, 1)).toEqual(['real queued']);
  });

  it('gives events of labelled tasks too where access is open, and by label where one is named', async () => {
    const { client, engine } = await world();
    const all = await watching(client, client.watch());
    const some = await watching(client, client.watch({ security: ['health'] }));
    const emit = (id: string, security: string): void => engine.emit(anEvent({ id }), security);
    emit('secret', 'secret');
    emit('health', 'health');
    engine.emit(anEvent({ id: 'plain' }));
    expect(await take(all, 3)).toEqual(['secret queued', 'health queued', 'plain queued']);
    expect(await take(some, 2)).toEqual(['health queued', 'plain queued']);
  });

  it('gives the events of the filter, in their order', async () => {
    const { client, engine } = await world();
    const watch = await watching(client, client.watch({ namespace: 'acme', type: 'document.process' }));
    engine.emit(anEvent());
    engine.emit(anEvent({ namespace: 'other' }));
    // Both types have the same subject; only one is wanted.
    engine.emit(anEvent({ type: 'document-process' }));
    engine.emit(anEvent({ event: 'started' }));
    engine.emit(anEvent({ id: 'b', event: 'completed' }));
    expect(await take(watch, 3)).toEqual(['a queued', 'a started', 'b completed']);
  });

  it('follows one task, or one kind of event', async () => {
    const { client, engine } = await world();
    const one = await watching(client, client.watch({ id: 'b' }));
    const failures = await watching(client, client.watch({ event: 'failed' }));
    engine.emit(anEvent());
    engine.emit(anEvent({ event: 'failed' }));
    engine.emit(anEvent({ id: 'b' }));
    expect(await take(one, 1)).toEqual(['b queued']);
    expect(await take(failures, 1)).toEqual(['a failed']);
  });

  it('gives the CloudEvents attributes when they are requested', async () => {
    const { client, engine } = await world();
    const watch = await watching(client, client.watch({}, { attributes: true }));
    engine.emit(anEvent());
    const { value } = await watch[Symbol.asyncIterator]().next();
    const attributes = { specversion: '1.0', id: 'a-queued', source: 'precedent/main', subject: 'a' };
    const type = 'precedent.task.queued.v1';
    expect(value).toEqual({
      ...anEvent(),
      attributes: { ...attributes, type, time: '2023-11-14T22:13:20.000Z' },
    });
  });

  it('tells a slow reader how many events it has missed, and where', async () => {
    const { client, engine } = await world();
    const watch = await watching(client, client.watch({}, { buffer: 2 }));
    const seen = await watching(client, client.watch({ id: 'last' }));
    for (const id of ['a', 'b', 'c', 'd', 'e', 'last']) engine.emit(anEvent({ id }));
    await take(seen, 1);
    expect(await take(watch, 3)).toEqual(['a queued', 'b queued', { gap: 4 }]);
  });

  it.each([0, 1_000_001, NaN, Infinity])('refuses a buffer of %d', async (buffer) => {
    const { client } = await world();
    expect(() => client.watch({}, { buffer })).toThrow(`buffer is 1 to 1000000 events; got ${buffer}`);
  });

  it('marks an interruption of the connection', async () => {
    const own = await startServer();
    onTestFinished(() => own.stop());
    const { client, engine } = await world(own);
    const watch = await watching(client, client.watch());
    engine.emit(anEvent());
    const iterator = watch[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ id: 'a' });
    await own.kill();
    await own.restart();
    expect((await iterator.next()).value).toEqual({ gap: 0 });
  });

  it('ends when it is closed, also for a reader that waits', async () => {
    const { client } = await world();
    const watch = client.watch();
    const next = watch[Symbol.asyncIterator]().next();
    watch.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('ends when the client is closed', async () => {
    const { client } = await world();
    const all = take(client.watch(), 1);
    await client.close();
    expect(await all).toEqual([]);
  });

  it('passes over what is no event', async () => {
    const { client, engine } = await world();
    const watch = await watching(client, client.watch());
    engine.link.publish(engine.subjects.events('acme.web.echo.queued'), 'no json');
    engine.emit(anEvent());
    expect(await take(watch, 1)).toEqual(['a queued']);
  });
});
