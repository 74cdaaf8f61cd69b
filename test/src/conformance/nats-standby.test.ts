import { natsLeaderLink, trackStandbyEngines } from '@precedent/nats';
import { describe, expect, it, vi } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

describe('the standby engines', () => {
  it('are those that announced themselves within the last five seconds, whatever else is published there', async () => {
    const { nc, subjects } = await aWorld();
    const leader = natsLeaderLink({ nc, subjects });
    let now = 0;
    const standby = trackStandbyEngines({ nc, subjects, cell: 'main' }, () => now);
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"engine":7}',
      '{"engine":""}',
      `{"engine":"${'e'.repeat(257)}"}`,
    ])
      nc.publish(subjects.standby('main'), text);
    await leader.announce('other', 'c');
    await leader.announce('main', 'b');
    await leader.announce('main', 'a');
    await vi.waitFor(() => expect(standby.names()).toEqual(['a', 'b']));
    now = 4_000;
    await leader.announce('main', 'b');
    now = 6_000;
    await vi.waitFor(() => expect(standby.names()).toEqual(['b']));
    await standby.close();
  });

  it('learn whether an engine serves the cell', async () => {
    const { nc, subjects } = await aWorld();
    const leader = natsLeaderLink({ nc, subjects });
    expect(await leader.announce('main', 'b')).toBe(false);
    const standby = trackStandbyEngines({ nc, subjects, cell: 'main' }, () => 0);
    expect(await leader.announce('main', 'b')).toBe(true);
    expect(await leader.announce('other', 'b')).toBe(false);
    await standby.close();
    expect(await leader.announce('main', 'b')).toBe(false);
  });
});
