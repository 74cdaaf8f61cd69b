import { announceStandby, trackStandbyEngines } from '@precedent/nats';
import { describe, expect, it, vi } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

describe('the standby engines', () => {
  it('are those that announced themselves within the last five seconds, whatever else is published there', async () => {
    const { nc, subjects } = await aWorld();
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
    announceStandby({ nc, subjects, cell: 'other' }, 'c');
    announceStandby({ nc, subjects, cell: 'main' }, 'b');
    announceStandby({ nc, subjects, cell: 'main' }, 'a');
    await vi.waitFor(() => expect(standby.names()).toEqual(['a', 'b']));
    now = 4_000;
    announceStandby({ nc, subjects, cell: 'main' }, 'b');
    await nc.flush();
    now = 6_000;
    await vi.waitFor(() => expect(standby.names()).toEqual(['b']));
    await standby.close();
  });
});
