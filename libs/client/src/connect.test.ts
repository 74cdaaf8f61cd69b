import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as browser from './browser.ts';
import * as node from './index.ts';
import type { TestServer } from './testing/nats-server.ts';
import { startServer } from './testing/nats-server.ts';
import { scriptedEngine } from './testing/scripted-engine.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer('authorization { token: "secret" }\nno_auth_user: ""');
});
afterAll(() => server.stop());

describe('connect', () => {
  it('says which address it could not reach', async () => {
    const connecting = node.connect({ servers: 'nats://127.0.0.1:1', timeoutMs: 500 });
    await expect(connecting).rejects.toMatchObject({
      code: 'NATS_UNREACHABLE',
      message: 'cannot connect to nats://127.0.0.1:1: connection refused',
    });
  });

  it('shows no credential of the address that it could not reach', async () => {
    const servers = ['nats://me:hunter2@127.0.0.1:1', 'nats://token-1@127.0.0.1:2'];
    const connecting = node.connect({ servers, timeoutMs: 500 });
    await expect(connecting).rejects.toMatchObject({
      message: expect.not.stringMatching(/hunter2|token-1/) as string,
    });
  });

  it('needs the right token', async () => {
    await expect(node.connect({ servers: server.url })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const client = await node.connect({ servers: [server.url], token: 'secret' });
    await client.close();
    expect(client.link.isClosed()).toBe(true);
  });

  it('may give everything all the time that there is', async () => {
    const open = await startServer();
    onTestFinished(() => open.stop());
    const engine = await scriptedEngine(open.url);
    const client = await node.connect({ servers: open.url, root: engine.root, timeoutMs: Infinity });
    onTestFinished(async () => {
      await client.close();
      await engine.close();
    });
    await engine.answer(engine.subjects.api('get'), (_, message) => {
      // Longer than the shortest of times, which too long a one must not be taken for.
      void client.link
        .flush()
        .then(() => engine.link.flush())
        .then(() => message.respond('{"id":"a"}'));
      return undefined;
    });
    expect(await client.get('a')).toEqual({ id: 'a' });
  });

  it('closes only a connection that it made', async () => {
    const owner = await node.connect({ servers: server.url, token: 'secret' });
    const guest = new node.Client(owner.link);
    await guest.close();
    expect(owner.link.isClosed()).toBe(false);
    await owner.close();
  });

  it('closes although the server is gone', async () => {
    const own = await startServer();
    const client = await node.connect({ servers: own.url });
    await own.stop();
    await client.close();
    expect(client.link.isClosed()).toBe(true);
  });
});

describe('the entry for browsers', () => {
  it('offers the same as the entry for Node', () => {
    expect(Object.keys(browser).toSorted()).toEqual(Object.keys(node).toSorted());
  });

  it('speaks over a WebSocket', async () => {
    const open = await startServer();
    const engine = await scriptedEngine(open.url);
    await engine.submit((body) => ({ id: (body as { id: string }).id, seq: 1 }));
    const client = await browser.connect({ servers: open.webUrl, root: engine.root });
    expect(await client.submit({ id: 'a', type: 'echo' })).toMatchObject({ door: 'ask' });
    await client.close();
    await engine.close();
    await open.stop();
  });

  it('says which address it could not reach', async () => {
    const connecting = browser.connect({ servers: 'ws://127.0.0.1:1', timeoutMs: 500 });
    await expect(connecting).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
  });
});
