import { joinGateways } from '@precedent/nats';
import { describe, expect, it, vi } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

const setup = async () => {
  const { nc, connect, subjects } = await aWorld();
  let now = 0;
  const join = (connection: typeof nc, name: string, cell = 'main') =>
    joinGateways({ nc: connection, subjects, cell, name }, () => now);
  return { nc, connect, subjects, join, pass: (ms: number) => (now += ms) };
};

describe('the live gateways of a cell', () => {
  it('are counted by each of them, until one is killed', async () => {
    const { nc, connect, join, pass } = await setup();
    const other = await connect();
    const [one, two] = [join(nc, 'one'), join(other, 'two')];
    await vi.waitFor(() => expect([one.count(), two.count()]).toEqual([2, 2]), 5_000);
    await other.close();
    pass(4_000);
    expect(one.count()).toBe(2);
    pass(2_000);
    await vi.waitFor(() => expect(one.count()).toBe(1), 5_000);
    // It does not announce itself without a connection, and goes on to count itself.
    expect(two.count()).toBe(1);
    await Promise.all([one.close(), two.close()]);
  });

  it('are those of the same cell only', async () => {
    const { nc, connect, subjects, join } = await setup();
    const [one, other] = [join(nc, 'one'), join(await connect(), 'two', 'elsewhere')];
    for (const text of ['', '{', 'null', '{"gateway":7}']) nc.publish(subjects.gateways('main'), text);
    const third = join(await connect(), 'three');
    await vi.waitFor(() => expect([one.count(), third.count()]).toEqual([2, 2]), 5_000);
    expect(other.count()).toBe(1);
    await Promise.all([one.close(), other.close(), third.close()]);
  });
});
