import type { AppendLog, JournalReader, LogEntry } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';

export interface ReaderWorld {
  readonly log: AppendLog;
  /** A reader of the log; with a name it protects what it has not read. */
  open(name?: string): Promise<JournalReader>;
  close(): Promise<void>;
}

/** What every `JournalReader` must do. `make` gives a world with an empty journal. */
export const describeJournalReader = (name: string, make: () => Promise<ReaderWorld>): void => {
  const worlds: ReaderWorld[] = [];
  const readers: JournalReader[] = [];
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.close();
    for (const world of worlds.splice(0)) await world.close();
  });
  const setup = async () => {
    const world = await make();
    worlds.push(world);
    const open = async (reader?: string): Promise<JournalReader> => {
      const opened = await world.open(reader);
      readers.push(opened);
      return opened;
    };
    return { log: world.log, open };
  };
  describe(`${name} as a journal reader`, () => {
    describeReading(setup);
    describeProtection(setup);
  });
};

type Setup = () => Promise<{
  readonly log: AppendLog;
  readonly open: (name?: string) => Promise<JournalReader>;
}>;

const describeReading = (setup: Setup): void => {
  it('returns all entries in order, in batches of limited size', async () => {
    const { log, open } = await setup();
    await fill(log, 250);
    const sizes: number[] = [];
    const entries = await take((await open('a')).batches(0, 100), 250, sizes);
    expect(entries.map(({ seq, text }) => `${seq} ${text}`)).toEqual(
      Array.from({ length: 250 }, (_, i) => `${i + 1} entry ${i}`),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  });

  it('starts after the given entry', async () => {
    const { log, open } = await setup();
    await fill(log, 10);
    const entries = await take((await open('a')).batches(7, 100), 3);
    expect(entries.map(({ seq }) => seq)).toEqual([8, 9, 10]);
  });

  it('waits at the end, and returns a new entry as soon as it is there', async () => {
    const { log, open } = await setup();
    const batches = (await open('a')).batches(0, 10)[Symbol.asyncIterator]();
    const first = batches.next();
    await fill(log, 1);
    expect((await first).value?.map(({ seq }: LogEntry) => seq)).toEqual([1]);
    const second = batches.next();
    await log.append('later', 1);
    expect((await second).value).toMatchObject([{ seq: 2, text: 'later' }]);
  });

  it('ends when it is closed, also while it waits', async () => {
    const { open } = await setup();
    const reader = await open('a');
    const next = reader.batches(0, 10)[Symbol.asyncIterator]().next();
    await reader.close();
    expect((await next).done).toBe(true);
  });

  it('returns the sequence of the last entry', async () => {
    const { log, open } = await setup();
    const reader = await open('a');
    expect(await reader.last()).toBe(0);
    await fill(log, 3);
    expect(await reader.last()).toBe(3);
  });

  it('refuses to start where entries are missing, and names the first entry', async () => {
    const { log, open } = await setup();
    await fill(log, 10);
    await log.purge(6);
    const gap = { code: 'JOURNAL_GAP', extras: { details: { first: 7 } } };
    await expect(take((await open()).batches(3, 10), 1)).rejects.toMatchObject(gap);
    expect((await take((await open()).batches(6, 10), 4)).map(({ seq }) => seq)).toEqual([7, 8, 9, 10]);
  });

  it('refuses to start where all entries were purged', async () => {
    const { log, open } = await setup();
    await fill(log, 5);
    await log.purge(5);
    await expect(take((await open()).batches(0, 10), 1)).rejects.toMatchObject({ code: 'JOURNAL_GAP' });
  });

  it('refuses a position that the journal never had, because it belongs to another journal', async () => {
    const { log, open } = await setup();
    await fill(log, 2);
    await expect(take((await open()).batches(3, 10), 1)).rejects.toMatchObject({ code: 'JOURNAL_GAP' });
  });

  it('notices a purge that overtakes it', async () => {
    const { log, open } = await setup();
    await fill(log, 3);
    const batches = (await open()).batches(0, 1)[Symbol.asyncIterator]();
    await batches.next();
    await log.append('four', 3);
    await log.purge(4);
    await log.append('five', 4);
    await expect(
      (async () => {
        while (!(await batches.next()).done);
      })(),
    ).rejects.toMatchObject({ code: 'JOURNAL_GAP' });
  });
};

const describeProtection = (setup: Setup): void => {
  it('protects entries until every named reader has passed them', async () => {
    const { log, open } = await setup();
    await fill(log, 10);
    const [slow, quick] = [await open('slow'), await open('quick')];
    await take(slow.batches(0, 100), 10);
    await take(quick.batches(0, 100), 10);
    await slow.passed(4);
    await quick.passed(9);
    await log.purge(8);
    expect((await take((await open()).batches(4, 100), 1))[0]?.seq).toBe(5);
    await expect(take((await open()).batches(3, 100), 1)).rejects.toMatchObject({ code: 'JOURNAL_GAP' });
    await slow.passed(10);
    await log.purge(8);
    expect((await take((await open()).batches(8, 100), 1))[0]?.seq).toBe(9);
  });

  it('keeps the position of a reader that is closed', async () => {
    const { log, open } = await setup();
    await fill(log, 6);
    const reader = await open('slow');
    await take(reader.batches(0, 100), 6);
    await reader.passed(2);
    await reader.close();
    await log.purge(6);
    expect((await take((await open('slow')).batches(2, 100), 4)).map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
  });

  it('moves the position of a named reader back when it starts earlier', async () => {
    const { log, open } = await setup();
    await fill(log, 6);
    const reader = await open('slow');
    await take(reader.batches(0, 100), 6);
    await reader.passed(6);
    await reader.close();
    await take((await open('slow')).batches(1, 100), 5);
    await log.purge(6);
    expect((await take((await open()).batches(1, 100), 1))[0]?.seq).toBe(2);
  });
};

const fill = async (log: AppendLog, count: number): Promise<void> => {
  await Promise.all(Array.from({ length: count }, (_, i) => log.append(`entry ${i}`, i)));
};

const take = async (
  batches: AsyncIterable<readonly LogEntry[]>,
  count: number,
  sizes: number[] = [],
): Promise<LogEntry[]> => {
  const entries: LogEntry[] = [];
  for await (const batch of batches) {
    sizes.push(batch.length);
    entries.push(...batch);
    if (entries.length >= count) break;
  }
  return entries;
};
