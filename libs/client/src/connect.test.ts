import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as browser from './browser.ts';
import * as node from './index.ts';
import { localKey } from './local-key.ts';
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

  it('uses the key of the local admin of a data folder on this machine, and only there', async () => {
    const key = 'prec_k1k1k1k1k1_0000000000000000000000000000000000000000000000000';
    const dataDir = mkdtempSync(path.join(tmpdir(), 'precedent-client-'));
    writeFileSync(path.join(dataDir, 'admin.key'), `${key}\n`);
    const closed = await startServer(`authorization { token: "${key}" }\nno_auth_user: ""`);
    onTestFinished(async () => {
      rmSync(dataDir, { recursive: true });
      await closed.stop();
    });
    const client = await node.connect({ servers: closed.url, dataDir, namespace: 'acme' });
    expect(client.subjects.api('get')).toBe('precedent.v1.ns.acme.task.get.k1k1k1k1k1');
    await client.close();
    for (const options of [{}, { dataDir: path.join(dataDir, 'none') }, { dataDir, token: 'other' }])
      await expect(node.connect({ servers: closed.url, ...options })).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      });
    const env = { PRECEDENT_STORAGE_DATA_DIR: dataDir };
    expect(localKey({ servers: ['nats://localhost:4222', 'tls://[::1]:1'] }, env)).toBe(key);
    expect(localKey({}, env)).toBe(key);
    for (const servers of [
      'nats://10.0.0.1:4222',
      'nats://127.0.0.1:1,nats://example.org',
      '127.0.0.1.example.org',
    ])
      expect(localKey({ servers, dataDir }, env)).toBeUndefined();
    expect(localKey({ servers: 'nats://localhost:4222' }, {})).toBeUndefined();
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
