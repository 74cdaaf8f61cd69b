import type { AppendLog, LogEntry } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';

/** Where a suite's log lives. */
export interface LogWorld {
  /** A writer of the one log of this world; another call gives another writer, as another process would have it. */
  open(): Promise<AppendLog>;
  close(): Promise<void>;
}

/** What every `AppendLog` must do. `make` gives a world with an empty log. */
export const describeAppendLog = (name: string, make: () => Promise<LogWorld>): void => {
  const worlds: LogWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  const setup = async (): Promise<LogWorld> => {
    const world = await make();
    worlds.push(world);
    return world;
  };
  describe(`${name} as an append log`, () => {
    describeWriting(setup);
    describeFencing(setup);
    describeReading(setup);
    describePurging(setup);
  });
};

type Setup = () => Promise<LogWorld>;

const describeWriting = (setup: Setup): void => {
  it('starts empty', async () => {
    const log = await (await setup()).open();
    expect(await log.last()).toBe(0);
    expect(await entriesOf(log, 0)).toEqual([]);
  });

  it('numbers its entries from one, without gaps', async () => {
    const log = await (await setup()).open();
    expect(await log.append('one', 0)).toBe(1);
    expect(await log.append('two', 1)).toBe(2);
    expect(await log.last()).toBe(2);
    expect(await textsOf(log, 0)).toEqual(['1 one', '2 two']);
  });

  it('keeps the order of appends that are made without waiting', async () => {
    const log = await (await setup()).open();
    const appends = Array.from({ length: 100 }, (_, i) => log.append(`entry ${i}`, i));
    expect(await Promise.all(appends)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(await textsOf(log, 97)).toEqual(['98 entry 97', '99 entry 98', '100 entry 99']);
  });

  it('gives back every character, and the largest entry that it takes', async () => {
    const log = await (await setup()).open();
    const large = 'x'.repeat(log.maxEntryBytes);
    await log.append('größer, 更大, 🦕 and "\\\u0000"\r\n\r\n', 0);
    await log.append(large, 1);
    const texts = (await entriesOf(log, 0)).map(({ text }) => text);
    expect(texts[0]).toBe('größer, 更大, 🦕 and "\\\u0000"\r\n\r\n');
    expect(texts[1] === large).toBe(true);
  });

  it('refuses an entry that is too large, and takes another one in its place', async () => {
    const log = await (await setup()).open();
    const tooLarge = log.append('ü'.repeat(log.maxEntryBytes / 2 + 1), 0);
    await expect(tooLarge).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(await log.append('small', 0)).toBe(1);
  });
};

const describeFencing = (setup: Setup): void => {
  it('refuses a writer that does not know the last entry', async () => {
    const world = await setup();
    const [older, newer] = [await world.open(), await world.open()];
    await older.append('of the old one', 0);
    await newer.append('of the new one', 1);
    await expect(older.append('too late', 1)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
    expect(await textsOf(newer, 0)).toEqual(['1 of the old one', '2 of the new one']);
  });

  it('lets none of the appends of a fenced writer land, however many it had under way', async () => {
    const world = await setup();
    const [older, newer] = [await world.open(), await world.open()];
    await older.append('shared', 0);
    await newer.append('epoch', 1);
    // Only the first one names a sequence that is wrong: the log has exactly one entry more than the writer knows.
    const stale = [1, 2, 3].map((expected) => older.append(`stale ${expected}`, expected));
    const ends = await Promise.allSettled(stale);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(stale[0]).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
    expect(await newer.append('goes on', 2)).toBe(3);
    expect(await textsOf(newer, 0)).toEqual(['1 shared', '2 epoch', '3 goes on']);
  });

  it('does not build on an append that failed before', async () => {
    const world = await setup();
    const [older, newer] = [await world.open(), await world.open()];
    await newer.append('epoch', 0);
    await expect(older.append('stale', 0)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
    await expect(older.append('built on it', 1)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
    expect(await newer.last()).toBe(1);
  });

  it('lets a fenced writer write again once it has looked at the log', async () => {
    const world = await setup();
    const [older, newer] = [await world.open(), await world.open()];
    await newer.append('epoch', 0);
    await expect(older.append('stale', 0)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
    expect(await older.append('now it knows', await older.last())).toBe(2);
  });

  it('does not call it fencing when the log is shorter than the writer thinks', async () => {
    const log = await (await setup()).open();
    await log.append('one', 0);
    await expect(log.append('ahead', 7)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    expect(await log.last()).toBe(1);
  });
};

const describeReading = (setup: Setup): void => {
  it('reads many entries completely and in order', async () => {
    const world = await setup();
    const log = await world.open();
    await fill(log, 3_000);
    const entries = await entriesOf(await world.open(), 0);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
    expect(entries.every(({ seq, text }) => text === `entry ${seq - 1}`)).toBe(true);
  });

  it('ends there also when it takes long to get there', async () => {
    const log = await (await setup()).open();
    await fill(log, 3_000);
    let last = 0;
    for await (const { seq } of log.read(0)) {
      if (seq === 5) await log.append('meanwhile', 3_000);
      last = seq;
    }
    expect(last).toBe(3_000);
  });

  it('ends at the entry that was the last one when it began', async () => {
    const log = await (await setup()).open();
    await fill(log, 10);
    const seen: number[] = [];
    for await (const { seq } of log.read(4)) {
      if (seq === 5) await log.append('meanwhile', 10);
      seen.push(seq);
    }
    expect(seen).toEqual([5, 6, 7, 8, 9, 10]);
    expect(await textsOf(log, 10)).toEqual(['11 meanwhile']);
    expect(await textsOf(log, 11)).toEqual([]);
  });

  it('says when each entry was taken', async () => {
    const log = await (await setup()).open();
    await fill(log, 2);
    const [first, second] = await entriesOf(log, 0);
    expect(Number.isInteger(first?.at)).toBe(true);
    expect(first?.at ?? 0).toBeGreaterThan(Date.UTC(2020, 0, 1));
    expect(second?.at ?? 0).toBeGreaterThanOrEqual(first?.at ?? Infinity);
  });

  it('is not harmed by a reader that stops early', async () => {
    const log = await (await setup()).open();
    await fill(log, 50);
    for await (const { seq } of log.read(0)) if (seq === 3) break;
    expect(await log.append('after it', 50)).toBe(51);
    expect(await textsOf(log, 49)).toEqual(['50 entry 49', '51 after it']);
  });
};

const describePurging = (setup: Setup): void => {
  it('drops the entries that a purge names and keeps counting', async () => {
    const log = await (await setup()).open();
    await fill(log, 10);
    await log.purge(7);
    expect(await textsOf(log, 0)).toEqual(['8 entry 7', '9 entry 8', '10 entry 9']);
    expect(await textsOf(log, 8)).toEqual(['9 entry 8', '10 entry 9']);
    expect(await log.append('next', 10)).toBe(11);
  });

  it('remembers its last sequence when nothing is left in it', async () => {
    const world = await setup();
    const log = await world.open();
    await fill(log, 3);
    await log.purge(3);
    expect(await log.last()).toBe(3);
    expect(await textsOf(log, 0)).toEqual([]);
    expect(await (await world.open()).append('next', 3)).toBe(4);
    expect(await textsOf(log, 0)).toEqual(['4 next']);
  });

  it('does not disturb a reader: it goes on with what is kept', async () => {
    const log = await (await setup()).open();
    await fill(log, 4_000);
    const seen: number[] = [];
    for await (const { seq } of log.read(0)) {
      if (seq === 5) await log.purge(3_990);
      seen.push(seq);
    }
    expect(seen.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => 3_991 + i));
    expect(seen.every((seq, i) => seq > (seen[i - 1] ?? 0))).toBe(true);
  });

  it('takes it calmly when there is nothing to drop', async () => {
    const log = await (await setup()).open();
    await log.purge(0);
    await fill(log, 2);
    await log.purge(0);
    expect(await textsOf(log, 0)).toEqual(['1 entry 0', '2 entry 1']);
  });
};

/** Appends under way at the same time: so few that a slow disk answers each of them in time. */
const FILL_AT_ONCE = 250;

const fill = async (log: AppendLog, count: number): Promise<void> => {
  for (let from = 0; from < count; from += FILL_AT_ONCE) {
    const size = Math.min(FILL_AT_ONCE, count - from);
    await Promise.all(Array.from({ length: size }, (_, i) => log.append(`entry ${from + i}`, from + i)));
  }
};

const entriesOf = async (log: AppendLog, after: number): Promise<LogEntry[]> => {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(after)) entries.push(entry);
  return entries;
};

const textsOf = async (log: AppendLog, after: number): Promise<string[]> =>
  (await entriesOf(log, after)).map(({ seq, text }) => `${seq} ${text}`);
