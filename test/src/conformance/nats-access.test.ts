import { performance } from 'node:perf_hooks';
import { addKey, revokeKey } from '@precedent/access';
import type { AccessKey } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { natsAccessRegistry } from '@precedent/nats';
import { keyDigest } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { natsWorlds, streamOf, until } from './nats-world.ts';

const aWorld = natsWorlds();

/** What is promised of a revocation, in every process. Milliseconds. */
const EFFECTIVE_MS = 1_000;

const aKey: AccessKey = {
  id: 'k1',
  principal: 'ann',
  kind: 'human',
  sha256: keyDigest('a secret'),
  createdAt: 1_000,
};

const setup = async () => {
  const world = await aWorld();
  const problems: Problem[] = [];
  const open = async () =>
    natsAccessRegistry({
      ...world,
      nc: await world.connect(),
      onUnreadable: (problem) => problems.push(problem),
    });
  const [one, other] = [await open(), await open()];
  await one.change((state) => addKey(state, aKey));
  await until(() => other.principalOf('k1', 2_000) !== undefined);
  return { ...world, one, other, open, problems };
};

describe('the bucket of keys and grants', () => {
  it('makes a revocation effective in another process within a second', async () => {
    const { one, other } = await setup();
    const at = performance.now();
    await one.change((state) => revokeKey(state, 'k1', 2_000));
    expect(one.principalOf('k1', 2_000)).toBeUndefined();
    await until(() => other.principalOf('k1', 2_000) === undefined);
    expect(performance.now() - at).toBeLessThan(EFFECTIVE_MS);
  });

  it('shows what another process has stored as soon as it is refreshed', async () => {
    const { nc, streams, one } = await setup();
    await nc.request(`$KV.${streams.access}.key.k2`, JSON.stringify({ ...aKey, id: 'k2' }));
    await one.refresh();
    expect(one.keyOf('k2')).toMatchObject({ id: 'k2' });
  });

  it('makes it effective as fast when the server had restarted before', async () => {
    const { one, other, server } = await setup();
    await server.restart();
    await until(() =>
      one
        .change((state) => revokeKey(state, 'k1', 2_000))
        .then(
          () => true,
          () => false,
        ),
    );
    const at = performance.now();
    await until(() => other.principalOf('k1', 2_000) === undefined);
    expect(performance.now() - at).toBeLessThan(EFFECTIVE_MS);
  });

  it('does not count a key whose entry was damaged, nor one with a field that this version does not know', async () => {
    const { nc, streams, one, problems } = await setup();
    const subject = `$KV.${streams.access}.key.k1`;
    for (const value of [
      '{',
      JSON.stringify({ ...aKey, onlyFrom: '10.0.0.0/8' }),
      JSON.stringify({ ...aKey, id: 'k2' }),
    ]) {
      const before = problems.length;
      await nc.request(subject, value);
      await until(() => problems.length >= before + 2);
      expect(one.principalOf('k1', 2_000)).toBeUndefined();
      await nc.request(subject, JSON.stringify(aKey));
      await until(() => one.principalOf('k1', 2_000) !== undefined);
    }
    expect(problems[0]).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `the entry key.k1 of ${streams.access} cannot be read, and does not count`,
    });
  });

  it('ignores entries of other names', async () => {
    const { nc, streams, one, problems } = await setup();
    for (const name of ['other', 'key', 'key.k1.more', 'token.k1']) {
      await nc.request(`$KV.${streams.access}.${name}`, '{');
    }
    await one.change(() => ({ kind: 'grant.removed', id: 'g9' }));
    expect(problems).toEqual([]);
    expect(one.keys()).toEqual([aKey]);
  });

  it('holds no secret, and keeps only the latest state of each entry', async () => {
    const { nc, streams, one } = await setup();
    await one.change((state) => revokeKey(state, 'k1', 2_000));
    const { state, config } = await streamOf(nc, `KV_${streams.access}`);
    expect(state.messages).toBe(1);
    expect(config).toMatchObject({ max_msgs_per_subject: 1, deny_delete: true });
  });

  it('reads more entries than one page holds', async () => {
    const { nc, streams, open } = await setup();
    const count = 2_500;
    const grant = { principal: 'ann', role: 'viewer', project: '*' };
    for (let n = 0; n < count; n++)
      nc.publish(
        `$KV.${streams.access}.grant.g${n}`,
        JSON.stringify({ ...grant, id: `g${n}`, namespace: `n${n}` }),
      );
    await until(async () => (await streamOf(nc, `KV_${streams.access}`)).state.messages === count + 1);
    const late = await open();
    expect(late.principalOf('k1', 2_000)?.grants).toHaveLength(count);
  });
});
