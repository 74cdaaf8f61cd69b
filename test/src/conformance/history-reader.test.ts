import { memoryJournalReader, memoryLog } from '@precedent/memory';
import { natsJournalReader, natsLog } from '@precedent/nats';
import type { LaggingReader } from '@precedent/nats';
import { describe, expect, it } from 'vitest';
import { describeJournalReader } from './history-reader.suite.ts';
import { natsWorlds, until } from './nats-world.ts';

describeJournalReader('memory', async () => {
  const log = memoryLog();
  return {
    log,
    open: async (name) => memoryJournalReader(log.storage, name),
    close: async () => undefined,
  };
});

const aWorld = natsWorlds();

const setup = async () => {
  const { nc, connect, subjects, streams, server } = await aWorld();
  const [stream, subject] = [streams.journal('main'), subjects.journal('main')];
  return { nc, connect, stream, subject, server };
};

describeJournalReader('NATS JetStream', async () => {
  const { nc, connect, stream, subject } = await setup();
  return {
    log: await natsLog({ nc, stream, subject }),
    open: async (name) =>
      natsJournalReader({ nc: await connect(), stream, ...(name !== undefined && { reader: name }) }),
    close: async () => undefined,
  };
});

describe('a reader of a journal over NATS', () => {
  it('waits for a journal that is not there yet', async () => {
    const { nc, stream, subject } = await setup();
    let retries = 0;
    const reader = await natsJournalReader({ nc, stream, reader: 'early', onRetry: () => retries++ });
    const first = reader.batches(0, 10)[Symbol.asyncIterator]().next();
    await until(() => retries > 0);
    await (await natsLog({ nc, stream, subject })).append('now', 0);
    expect((await first).value).toMatchObject([{ seq: 1, text: 'now' }]);
    await reader.close();
  });

  it('continues after the server was killed and restarted', async () => {
    const { nc, connect, stream, subject, server } = await setup();
    await (await natsLog({ nc, stream, subject })).append('one', 0);
    const reader = await natsJournalReader({ nc: await connect(), stream, reader: 'patient' });
    const batches = reader.batches(0, 10)[Symbol.asyncIterator]();
    expect((await batches.next()).value).toMatchObject([{ seq: 1 }]);
    const next = batches.next();
    await server.kill();
    await server.restart();
    const writer = await connect();
    await (await natsLog({ nc: writer, stream, subject })).append('two', 1);
    expect((await next).value).toMatchObject([{ seq: 2, text: 'two' }]);
    await reader.passed(2);
    await reader.close();
  });

  it('is notified of new entries without a consumer, also when the stream is older than the notices', async () => {
    const { nc, stream, subject } = await setup();
    const older = { name: stream, subjects: [subject], allow_direct: true };
    await nc.request(`$JS.API.STREAM.CREATE.${stream}`, JSON.stringify(older));
    const reader = await natsJournalReader({ nc, stream });
    const batches = reader.batches(0, 10)[Symbol.asyncIterator]();
    const first = batches.next();
    const log = await natsLog({ nc, stream, subject });
    const notices = nc.subscribe(`${subject}.stored`, { max: 1 });
    await log.append('one', 0);
    expect((await first).value).toMatchObject([{ seq: 1, text: 'one' }]);
    for await (const notice of notices) {
      expect(notice.data).toHaveLength(0);
      expect(notice.headers?.get('Nats-Sequence')).toBe('1');
    }
    const listed = await nc.request(`$JS.API.CONSUMER.LIST.${stream}`);
    expect(listed.json()).toMatchObject({ total: 0 });
    await reader.close();
  });

  it('does not protect the journal when it lags too far behind, and the purge reports that', async () => {
    const { nc, stream, subject } = await setup();
    const left: LaggingReader[] = [];
    const log = await natsLog({
      nc,
      stream,
      subject,
      protection: { ageMs: -1, bytes: Number.MAX_SAFE_INTEGER },
      onReaderSkipped: (one) => left.push(one),
    });
    for (let n = 0; n < 4; n++) await log.append(`entry ${n}`, n);
    const reader = await natsJournalReader({ nc, stream, reader: 'asleep' });
    await reader.batches(0, 1)[Symbol.asyncIterator]().next();
    await log.purge(3);
    expect(left).toEqual([{ reader: 'asleep', passed: 0, upTo: 3 }]);
    await expect(reader.batches(1, 1)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'JOURNAL_GAP',
    });
    await reader.close();
  });
});
