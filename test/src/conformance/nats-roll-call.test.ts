import { Probe } from '@precedent/kernel';
import { followLeader, natsWorkerLink } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

describe('the roll call', () => {
  it('tells which engine there is, and passes over what is no sign of life of one', async () => {
    const { nc, subjects, connect } = await aWorld();
    const heard = new Probe<number>();
    heard.arm();
    followLeader({ nc, subjects, cell: 'main', onEpoch: (epoch) => heard.hit(epoch) });
    await nc.flush();
    const engine = await connect();
    for (const text of ['', '{', 'null', '[]', '{"epoch":"7"}', '{"epoch":1.5}'])
      engine.publish(subjects.leaderHeartbeat('main'), text);
    const link = natsWorkerLink({ nc: engine, subjects });
    link.sendLeaderHeartbeat({ cell: 'other', engine: 'e', epoch: 6, at: 0 });
    link.sendLeaderHeartbeat({ cell: 'main', engine: 'e', epoch: 7, at: 0 });
    expect(await heard.next()).toBe(7);
  });

  it('is heard no more when it is closed', async () => {
    const { nc, subjects } = await aWorld();
    const heard: number[] = [];
    const door = followLeader({ nc, subjects, cell: 'main', onEpoch: (epoch) => void heard.push(epoch) });
    await door.close();
    nc.publish(subjects.leaderHeartbeat('main'), '{"epoch":7}');
    await nc.flush();
    expect(heard).toEqual([]);
  });
});
