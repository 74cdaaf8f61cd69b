import { Probe } from '@precedent/kernel';
import { followLeader, natsWorkerLink } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

describe('followLeader', () => {
  it('reports the epoch of the leading engine, and ignores malformed heartbeats and other cells', async () => {
    const { nc, subjects, connect } = await aWorld();
    const epochs = new Probe<number>();
    epochs.arm();
    followLeader({ nc, subjects, cell: 'main', onEpoch: (epoch) => epochs.hit(epoch) });
    await nc.flush();
    const engine = await connect();
    for (const text of ['', '{', 'null', '[]', '{"epoch":"7"}', '{"epoch":1.5}'])
      engine.publish(subjects.leaderHeartbeat('main'), text);
    const link = natsWorkerLink({ nc: engine, subjects });
    link.sendLeaderHeartbeat({ cell: 'other', engine: 'e', epoch: 6, at: 0 });
    link.sendLeaderHeartbeat({ cell: 'main', engine: 'e', epoch: 7, at: 0 });
    expect(await epochs.next()).toBe(7);
  });

  it('reports no heartbeat after it was closed', async () => {
    const { nc, subjects } = await aWorld();
    const epochs: number[] = [];
    const subscription = followLeader({
      nc,
      subjects,
      cell: 'main',
      onEpoch: (epoch) => void epochs.push(epoch),
    });
    await subscription.close();
    nc.publish(subjects.leaderHeartbeat('main'), '{"epoch":7}');
    await nc.flush();
    expect(epochs).toEqual([]);
  });
});
