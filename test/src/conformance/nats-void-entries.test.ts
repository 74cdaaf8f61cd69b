import { declareVoid, natsJournalReader, natsLog } from '@precedent/nats';
import type { LogEntry } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { ask, natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

const setup = async () => {
  const { nc, connect, streams, subjects } = await aWorld();
  const [stream, subject] = [streams.journal('main'), subjects.journal('main')];
  const log = await natsLog({ nc, stream, subject });
  /** Everything that a reader gets, in the order in which it gets it. */
  const followed = async (count: number): Promise<readonly LogEntry[]> => {
    const reader = await natsJournalReader({ nc: await connect(), stream });
    const entries: LogEntry[] = [];
    for await (const batch of reader.batches(0, 10)) {
      entries.push(...batch);
      if (entries.length >= count) break;
    }
    await reader.close();
    return entries;
  };
  const read = async (after = 0): Promise<readonly LogEntry[]> => {
    const entries: LogEntry[] = [];
    for await (const entry of log.read(after)) entries.push(entry);
    return entries;
  };
  return { nc, stream, subject, log, read, followed };
};

const kindsOf = (entries: readonly LogEntry[]) =>
  entries.map(({ seq, text, isVoid }) => [seq, isVoid ? 'void' : text]);

describe('void entries of a journal over NATS', () => {
  it('are the messages that other clients publish into its subject, with or without a message id', async () => {
    const { nc, subject, log, read, followed } = await setup();
    await log.append('one', 0);
    await ask(nc, subject, 'hello');
    const envelope = '{"v":1,"epoch":9,"at":1,"classes":[],"records":[]}';
    await ask(nc, subject, envelope, 'Nats-Msg-Id: mine-1');
    await log.append('two', 3);
    const expected = [
      [1, 'one'],
      [2, 'void'],
      [3, 'void'],
      [4, 'two'],
    ];
    expect(kindsOf(await read())).toEqual(expected);
    expect(kindsOf(await followed(4))).toEqual(expected);
  });

  it('are the entries that were declared void: at the beginning, in the middle and at the end', async () => {
    const { nc, stream, log, read, followed } = await setup();
    for (let seq = 0; seq < 6; seq++) await log.append(`entry ${seq + 1}`, seq);
    for (const seq of [1, 3, 4, 6]) await log.erase(seq);
    await expect(read(1)).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      extras: { details: { seq: 3, stream } },
    });
    await declareVoid(nc, stream, [3, 4]);
    await declareVoid(nc, stream, [1, 6]);
    await log.append('entry 7', 6);
    const expected = [
      [1, 'void'],
      [2, 'entry 2'],
      [3, 'void'],
      [4, 'void'],
      [5, 'entry 5'],
      [6, 'void'],
      [7, 'entry 7'],
    ];
    expect(kindsOf(await read())).toEqual(expected);
    expect(kindsOf(await followed(7))).toEqual(expected);
  });

  it('do not hide a missing entry next to them', async () => {
    const { nc, stream, log, read } = await setup();
    for (let seq = 0; seq < 5; seq++) await log.append(`entry ${seq + 1}`, seq);
    for (const seq of [2, 3]) await log.erase(seq);
    await declareVoid(nc, stream, [2]);
    await expect(read()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});
