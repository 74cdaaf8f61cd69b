import { ensureLogStream, natsLeaseStore, natsLog } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds, streamOf } from './nats-world.ts';

const aWorld = natsWorlds();

describe('the streams on a shared server', () => {
  it('describe their owner and purpose, also those that were created without a description', async () => {
    const { nc, subjects, streams } = await aWorld();
    const name = streams.journal('main');
    const log = await natsLog({ nc, stream: name, subject: subjects.journal('main') });
    await log.append('kept', 0);
    const { description: _, ...config } = (await streamOf(nc, name)).config;
    await ask(nc, `$JS.API.STREAM.UPDATE.${name}`, { ...config, description: '' });
    const again = await natsLog({ nc, stream: name, subject: subjects.journal('main') });
    expect(await again.last()).toBe(1);
    await natsLog({ nc, stream: streams.snapshot('main'), subject: subjects.snapshot('main') });
    await natsLeaseStore({ nc, bucket: streams.leases });
    await ensureLogStream({ nc, subjects, streams });
    const names = [name, streams.snapshot('main'), `KV_${streams.leases}`, streams.logs];
    const described = await Promise.all(
      names.map(async (each) => (await streamOf(nc, each)).config['description']),
    );
    expect(described).toEqual([
      'Precedent: journal of a cell, every change in order',
      'Precedent: snapshots of a cell, from which its journal is replayed',
      'Precedent: which engine owns which cell',
      'Precedent: output of tasks',
    ]);
  });
});
