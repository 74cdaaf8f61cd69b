import { performance } from 'node:perf_hooks';
import { INTERNAL_USERS } from '@precedent/contracts';
import { revokeKey } from '@precedent/access';
import { describe, expect, it } from 'vitest';
import { until } from '../conformance/nats-world.ts';
import { newKey } from './access-server.ts';
import { accessWorld } from './world.ts';

const setup = async () => {
  const world = await accessWorld();
  await world.grant('ann');
  return { ...world, ann: await world.key('ann') };
};

const REFUSED = /Authorization Violation/;

describe('a connection to a server that requires credentials', () => {
  it('is made with a key as the token, and as the password of any user', async () => {
    const { ann, connectAs, dial, refused } = await setup();
    await connectAs(ann);
    await dial({ user: 'whatever', pass: ann.text });
    expect(refused).toEqual([]);
  });

  it('is refused without a valid key, and the reason is reported without the secret', async () => {
    const { ann, dial, refused, faults } = await setup();
    const other = newKey();
    const damaged = `${ann.text.slice(0, -1)}${ann.text.endsWith('A') ? 'B' : 'A'}`;
    for (const token of [undefined, 'hunter2', damaged, other.text])
      await expect(dial(token === undefined ? {} : { token })).rejects.toThrow(REFUSED);
    expect(refused.map(({ reason, credential }) => [reason, credential])).toEqual([
      ['no credential', undefined],
      ['not a key', undefined],
      ['not a key', undefined],
      ['unknown', other.id],
    ]);
    expect(JSON.stringify(refused)).not.toContain(other.secret);
    expect(refused[0]?.host).toBe('127.0.0.1');
    expect(faults).toEqual([]);
  });

  it('is refused with the secret of another key', async () => {
    const { ann, dial, refused, registry } = await setup();
    const own = registry.keyOf(ann.id);
    await registry.change((state) => revokeKey(state, ann.id, 1));
    const forged = newKey();
    await registry.change(() => ({
      kind: 'key',
      key: {
        ...own,
        id: forged.id,
        principal: 'ann',
        kind: 'service',
        sha256: own?.sha256 ?? '',
        createdAt: 0,
      },
    }));
    await expect(dial({ token: forged.text })).rejects.toThrow(REFUSED);
    expect(refused.at(-1)).toMatchObject({ reason: 'wrong secret', credential: forged.id });
  });

  it('is refused when the key has expired or was revoked', async () => {
    const { ann, key, dial, refused, registry, setClock } = await setup();
    const short = await key('ann', { expiresAt: Date.now() + 60_000 });
    setClock(Date.now() + 60_001);
    await expect(dial({ token: short.text })).rejects.toThrow(REFUSED);
    await registry.change((state) => revokeKey(state, ann.id, 1));
    await expect(dial({ token: ann.text })).rejects.toThrow(REFUSED);
    expect(refused.map(({ reason }) => reason)).toEqual(['expired', 'revoked']);
  });

  it.each([-60_000, 60_000])('is made while the clock of the engine is %i ms off', async (off) => {
    const { ann, connectAs, setClock, refused } = await setup();
    setClock(Date.now() + off);
    const client = await connectAs(ann);
    await client.flush();
    expect(refused).toEqual([]);
  });

  it('ends with its subscriptions when the key expires', async () => {
    const { key, connectAs, root } = await setup();
    const client = await connectAs(await key('ann', { expiresAt: Date.now() + 1_000 }));
    const watch = client.subscribe(`${root}.events.acme.*.*.*`);
    await client.closed();
    for await (const msg of watch) expect(msg.subject).toBe('none');
  });

  it('works with both keys of a rotation', async () => {
    const { ann, key, connectAs } = await setup();
    await connectAs(ann);
    await connectAs(await key('ann'));
  });

  it.each(Object.values(INTERNAL_USERS))('is not made as %s with a key of a user', async (user) => {
    const { ann, dial } = await setup();
    await expect(dial({ user, pass: ann.text })).rejects.toThrow(REFUSED);
  });

  it('is refused while no program checks credentials', async () => {
    const { ann, connectAs, callout } = await setup();
    await callout.close();
    await expect(connectAs(ann, { timeout: 10_000 })).rejects.toThrow();
  });

  it('survives what is no request', async () => {
    const { ann, connectAs, internal } = await setup();
    const nc = await internal('callout');
    for (const text of [
      '',
      'x',
      'a.b.c',
      `a.${Buffer.from('null').toString('base64url')}.c`,
      `a.${Buffer.from('{"nats":{"server_id":7}}').toString('base64url')}.c`,
    ])
      nc.publish('$SYS.REQ.USER.AUTH', text);
    await nc.flush();
    await connectAs(ann);
  });
});

describe('a change of access', () => {
  it('ends the connections and subscriptions of a revoked key within a second', async () => {
    const { ann, connectAs, registry, root, nc, ended } = await setup();
    const clients = [await connectAs(ann), await connectAs(ann)];
    const watches = clients.map((client) => client.subscribe(`${root}.events.acme.*.*.*`));
    await Promise.all(clients.map((client) => client.flush()));
    const at = performance.now();
    await registry.change((state) => revokeKey(state, ann.id, Date.now()));
    await Promise.all(clients.map((client) => client.closed()));
    expect(performance.now() - at).toBeLessThan(1_000);
    nc.publish(`${root}.events.acme.p.t.completed`);
    for (const watch of watches) for await (const msg of watch) expect(msg.subject).toBe('none');
    await until(() => ended.length > 0);
    expect(ended).toEqual([['ann', 2]]);
    await expect(connectAs(ann)).rejects.toThrow(REFUSED);
  });

  it('leaves the connections of others alone', async () => {
    const { ann, connectAs, registry, grant, key, ended, root } = await setup();
    await grant('bob', { namespace: 'other' });
    const bob = await connectAs(await key('bob'));
    const client = await connectAs(ann);
    await registry.change((state) => revokeKey(state, ann.id, Date.now()));
    await client.closed();
    await until(() => ended.length > 0);
    await bob.flush();
    expect(bob.isClosed()).toBe(false);
    bob.subscribe(`${root}.events.other.*.*.*`);
    await bob.flush();
  });

  it('gives a connection that stays allowed its new permissions', async () => {
    const { ann, connectAs, grant, root, ended } = await setup();
    const client = await connectAs(ann, { reconnect: true, reconnectTimeWait: 10, maxReconnectAttempts: -1 });
    const back = (async () => {
      for await (const { type } of client.status()) if (type === 'reconnect') return;
    })();
    await grant('ann', { namespace: 'other' });
    await back;
    await until(() => ended.length > 0);
    expect(ended).toEqual([['ann', 1]]);
    const got = client.subscribe(`${root}.events.other.*.*.*`, { callback: () => undefined });
    await client.flush();
    expect(got.isClosed()).toBe(false);
  });
});
