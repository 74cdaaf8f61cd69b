import { ensureLogStream } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const MIB = 1024 * 1024;
const setup = natsWorlds({ jetstream: [`max_file_store: ${100 * MIB}`] });

describe('a stream on a server with little room', () => {
  it('is refused with the space that it needs and the space that is reserved already', async () => {
    const { nc, subjects, streams } = await setup();
    await ensureLogStream({ nc, subjects, streams, maxBytes: 70 * MIB });
    const others = { ...streams, logs: `${streams.logs}_2` };
    const failing = ensureLogStream({ nc, subjects: { ...subjects, logs: 'other.logs.*' }, streams: others });
    await expect(failing).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
      message:
        `stream ${others.logs} reserves 64 MiB at least, and the server's disk has less left ` +
        'after the 70 MiB that are reserved there',
    });
  });
});
