import { jetstream } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LogChunk } from '@precedent/contract-types';
import { Probe } from '@precedent/kernel';
import type { Client } from './client.ts';
import type { LogOptions } from './logs.ts';
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

interface World {
  readonly client: Client;
  readonly engine: ScriptedEngine;
  readonly store: (text: string, attempt?: number, id?: string) => Promise<void>;
}

const world = async (): Promise<World> => {
  const engine = await scriptedEngine(server.url);
  const client = await connect({ servers: server.url, root: engine.root });
  onTestFinished(async () => {
    await client.close();
    await engine.close();
  });
  const js = jetstream(engine.link);
  const store = async (text: string, attempt = 1, id = 'a'): Promise<void> => {
    const chunk: LogChunk = { id, epoch: attempt, attempt, stream: 'stdout', at: 1, text };
    await js.publish(engine.subjects.log(id), JSON.stringify(chunk));
  };
  return { client, engine, store };
};

const read = async (client: Client, options: LogOptions = {}): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { text } of client.logs('a', options)) texts.push(text);
  return texts;
};

const settled = { id: 'a', state: 'completed' };

describe('logs', () => {
  it('gives what is stored of the task, oldest first, and ends there', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    await store('one');
    await store('of another task', 1, 'b');
    await store('two');
    expect(await read(client)).toEqual(['one', 'two']);
  });

  it('is empty for a task that wrote nothing, and where no log was ever kept', async () => {
    const { client, engine, store } = await world();
    expect(await read(client)).toEqual([]);
    await engine.openLogs();
    await store('of another task', 1, 'b');
    expect(await read(client)).toEqual([]);
  });

  it.each(['*', '>', 'a.b', ''])('refuses %j, which is no id and may stand for others', async (id) => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    await store('of another task', 1, 'b');
    await expect(client.logs(id).next()).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `id: an id has letters, digits, "_" and "-" only, got "${id}"`,
    });
  });

  it('passes over what is no piece of output', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    const js = jetstream(engine.link);
    for (const junk of ['', '1', 'null', '[', '{}', '{"text":1}', '"text"'])
      await js.publish(engine.subjects.log('a'), junk);
    await store('whole');
    expect(await read(client)).toEqual(['whole']);
    await js.publish(engine.subjects.log('a'), 'last');
    expect(await read(client, { tail: 1 })).toEqual(['whole']);
  });

  it('gives one attempt, or the tail, or the tail of one attempt', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    for (const text of ['1a', '1b', '1c']) await store(text, 1);
    for (const text of ['2a', '2b']) await store(text, 2);
    expect(await read(client, { attempt: 2 })).toEqual(['2a', '2b']);
    expect(await read(client, { tail: 3 })).toEqual(['1c', '2a', '2b']);
    expect(await read(client, { tail: 2, attempt: 1 })).toEqual(['1b', '1c']);
  });

  it('follows a running task and ends, with everything read, when it has its verdict', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    await store('before');
    const waits = new Probe<() => void>();
    waits.arm();
    await engine.answer(engine.subjects.api('wait'), (_, message) => {
      waits.hit(() => message.respond(JSON.stringify(settled)));
      return undefined;
    });
    const texts = new Probe<string>();
    texts.arm();
    const following = (async () => {
      for await (const { text } of client.logs('a', { follow: true })) texts.hit(text);
    })();
    expect(await texts.next()).toBe('before');
    await store('while');
    expect(await texts.next()).toBe('while');
    await store('last');
    (await waits.next())();
    await following;
    expect(await texts.next()).toBe('last');
  });

  it('follows from the tail on', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    for (const text of ['1', '2', '3']) await store(text);
    await engine.api('wait', () => settled);
    expect(await read(client, { follow: true, tail: 1 })).toEqual(['3']);
  });

  it('reads to the end of the log of a task that the engine has forgotten', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    await store('long ago');
    await engine.api('wait', () => ({ error: { code: 'TASK_NOT_FOUND', message: 'no task has the id a' } }));
    expect(await read(client, { follow: true })).toEqual(['long ago']);
  });

  it('may be left, by a break or an error, while more has arrived than was read', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    for (let chunk = 0; chunk < 20; chunk++) await store(`${chunk}`);
    for await (const { text } of client.logs('a')) {
      expect(text).toBe('0');
      break;
    }
    const failing = async (): Promise<void> => {
      for await (const { text } of client.logs('a')) throw new Error(text);
    };
    await expect(failing()).rejects.toThrow('0');
  });

  it('may be left early', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    await store('one');
    await engine.api('wait', () => ({ id: 'a', state: 'running' }));
    for await (const { text } of client.logs('a', { follow: true })) {
      expect(text).toBe('one');
      break;
    }
  });

  it('waits for no verdict any more once it was left', async () => {
    const { client, engine, store } = await world();
    await engine.openLogs();
    await store('one');
    const waits = new Probe<() => void>();
    waits.arm();
    let requests = 0;
    await engine.answer(engine.subjects.api('wait'), (_, message) => {
      requests++;
      waits.hit(() => message.respond(JSON.stringify({ id: 'a', state: 'running' })));
      return undefined;
    });
    for await (const _ of client.logs('a', { follow: true })) break;
    (await waits.next())();
    // The answer has come; and what was sent because of it.
    await engine.link.flush();
    for (let n = 0; n < 2; n++) await client.link.flush();
    await engine.link.flush();
    expect(requests).toBe(1);
  });
});
