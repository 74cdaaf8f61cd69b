import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '@precedent/kernel';
import { MemoryStorage, memoryJournalReader, memoryLog } from '@precedent/memory';
import { Indexer, runIn } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import type { JournalRecord } from '@precedent/tasks';
import { CLASS, entryOf } from './journal-entries.ts';

import {
  COLLECTION,
  faulty,
  clock,
  TASKS,
  isDeleted,
  deletionsAt,
  journalOf,
  collectionOf,
  collectionSetOn,
  allOf,
  readUntil,
  sameSpec,
} from './indexing-world.ts';
describe('the index after any crashes and faults', () => {
  it.each([
    ['every success', undefined, 2 * TASKS],
    ['the latest two successes of each spec', { max: 2, gapMs: 0 }, TASKS],
    ['two successes of each spec, some time apart', { max: 2, gapMs: 10 }, TASKS],
  ])('equals that of an undisturbed run, with %s', async (_, successes, least) => {
    const calm = await collectionOf();
    const calmState = sqliteIndexState(':memory:');
    await readUntil(await journalOf(5), calm, calmState, { changes: Infinity, successes });
    const expected = await allOf(calm);
    expect(expected.length).toBeGreaterThan(least);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 0.3, 0.9),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(4), { maxLength: 6 }),
        fc.integer(),
        async (rate, perEntry, crashes, seed) => {
          const random = seededRandom(seed);
          const storage = await journalOf(perEntry);
          const whole = await collectionOf();
          const index = faulty(whole, random.next.bind(random), rate);
          const state = sqliteIndexState(':memory:');
          for (const changes of crashes) await readUntil(storage, index, state, { changes, successes });
          expect(await readUntil(storage, index, state, { changes: Infinity, successes })).toBe(true);
          expect(await allOf(whole)).toEqual(expected);
        },
      ),
      { numRuns: successes === undefined ? 100 : 50 },
    );
  });

  it('has the latest successes of a spec, which stand for all, and the last one before each failure', async () => {
    const index = await collectionOf();
    const state = sqliteIndexState(':memory:');
    const storage = new MemoryStorage();
    const log = memoryLog({ storage });
    const good = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `ok${from + n}`);
    const follow = async (more: readonly JournalRecord[]): Promise<Record<string, number>> => {
      await log.append(entryOf(more, 1), await log.last());
      await readUntil(storage, index, state, { changes: Infinity, successes: { max: 3, gapMs: 0 } });
      const { points } = await index.scroll(
        COLLECTION,
        { namespace: 'default', fields: { kind: 'attempt' } },
        { limit: 100 },
      );
      return Object.fromEntries(
        points.map(({ payload }) => [String(payload['task']), Number(payload['count'] ?? 1)]),
      );
    };
    expect(await follow(sameSpec(good(0, 10)))).toEqual({ ok7: 3, ok8: 3, ok9: 4 });
    expect(await follow(sameSpec(['bad0']))).toEqual({ ok7: 3, ok8: 3, ok9: 4, bad0: 1 });
    expect(await follow(sameSpec(good(10, 14)))).toEqual({
      ok9: 4,
      bad0: 1,
      ok11: 4,
      ok12: 1,
      ok13: 5,
    });
    const deleted: JournalRecord = { kind: 'deleted', id: 'ok13', at: 99, namespace: 'default' };
    expect(await follow([deleted])).toEqual({ ok9: 4, bad0: 1, ok11: 4, ok12: 1 });
    expect(await follow(sameSpec(['ok14']))).toEqual({ ok9: 4, bad0: 1, ok11: 4, ok12: 1, ok14: 1 });
  });

  it('has the latest of successes that come faster than the gap, which stands for the others', async () => {
    const index = await collectionOf();
    const storage = new MemoryStorage();
    const log = memoryLog({ storage });
    const ids = Array.from({ length: 10 }, (_, n) => `ok${n}`);
    await log.append(entryOf(sameSpec(ids.slice(0, 5)), 1), 0);
    await log.append(entryOf(sameSpec(ids).slice(15), 1), 1);
    const successes = { max: 3, gapMs: 3 };
    await readUntil(storage, index, sqliteIndexState(':memory:'), { changes: Infinity, successes });
    const { points } = await index.scroll(
      COLLECTION,
      { namespace: 'default', fields: { kind: 'attempt' } },
      { limit: 100 },
    );
    const counts = points.map(({ payload }) => [payload['task'], payload['count']]);
    expect(Object.fromEntries(counts)).toEqual({ ok5: 3, ok7: 3, ok9: 4 });
  });

  it('has so many open tasks of a spec, every one that failed, and nothing of the others after their end', async () => {
    const index = await collectionOf();
    const storage = new MemoryStorage();
    const log = memoryLog({ storage });
    const state = sqliteIndexState(':memory:');
    const lives = ['a', 'b', 'c', 'd'].map((id) => sameSpec([id]));
    const retrying: JournalRecord = {
      kind: 'retrying',
      id: 'd',
      at: 3,
      error: { code: 'HANDLER_FAILED', message: 'no luck' },
      dueAt: 9,
    };
    let caughtUp = Promise.withResolvers<void>();
    const indexer = new Indexer({
      reader: memoryJournalReader(storage, 'vectorizer'),
      state,
      collections: collectionSetOn(index),
      clock,
      successes: { max: 1, gapMs: 0 },
      openMax: 2,
      onIndexed: () => void (state.journal === storage.last && caughtUp.resolve()),
    });
    void indexer.run();
    onTestFinished(() => indexer.stop());
    const follow = async (records: readonly (JournalRecord | undefined)[]): Promise<string[]> => {
      caughtUp = Promise.withResolvers();
      await log.append(
        entryOf(
          records.flatMap((record) => record ?? []),
          1,
        ),
        await log.last(),
      );
      await caughtUp.promise;
      const { points } = await index.scroll(COLLECTION, { namespace: 'default' }, { limit: 100 });
      return points.map(({ payload }) => `${String(payload['task'])} ${String(payload['kind'])}`).toSorted();
    };
    expect(await follow(lives.map(([submitted]) => submitted))).toEqual(['a spec', 'b spec']);
    expect(await follow(lives.map(([, leased]) => leased))).toEqual(['a spec', 'b spec']);
    const failed = ['d attempt', 'd failure', 'd log_window', 'd spec'];
    expect(await follow([retrying])).toEqual(['a spec', 'b spec', ...failed]);
    expect(await follow([lives[0]?.[2], lives[2]?.[2]])).toEqual([
      'b spec',
      'c attempt',
      'c spec',
      ...failed,
    ]);
    expect(await follow([lives[1]?.[2]])).toEqual(['b attempt', 'b spec', ...failed]);
  });

  it('removes what an interrupted batch has written of successes that others stand for', async () => {
    const index = await collectionOf();
    const storage = new MemoryStorage();
    const log = memoryLog({ storage });
    const append = async (ids: readonly string[]) => log.append(entryOf(sameSpec(ids), 1), await log.last());
    await append(['ok0', 'ok1']);
    // Its state is lost, as when the process ends before the position moves.
    await readUntil(storage, index, sqliteIndexState(':memory:'), {
      changes: Infinity,
      successes: { max: 2, gapMs: 0 },
    });
    await append(['ok2', 'ok3', 'ok4']);
    await readUntil(storage, index, sqliteIndexState(':memory:'), {
      changes: Infinity,
      successes: { max: 2, gapMs: 0 },
    });
    const tasks = (await allOf(index))
      .map((text) => /"task":"(\w+)"/.exec(text)?.[1] ?? '')
      .toSorted((a, b) => a.localeCompare(b));
    expect(tasks).toEqual(['ok3', 'ok3', 'ok4', 'ok4']);
  });

  it('holds nothing of deleted tasks, and everything of the others', async () => {
    const whole = await collectionOf();
    await readUntil(await journalOf(5), whole, sqliteIndexState(':memory:'), { changes: Infinity });
    const gone = Array.from({ length: TASKS - 6 }, (_, n) => n).filter(isDeleted);
    const isOfOthers = (text: string): boolean => !gone.some((n) => text.includes(`"task":"task-${n}"`));
    const expected = (await allOf(whole)).filter(isOfOthers);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 0.3),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(8), { maxLength: 6 }),
        fc.integer(),
        async (rate, perEntry, crashes, seed) => {
          const random = seededRandom(seed);
          const storage = await journalOf(perEntry, deletionsAt);
          const left = await collectionOf();
          const index = faulty(left, random.next.bind(random), rate);
          const state = sqliteIndexState(':memory:');
          for (const changes of crashes) await readUntil(storage, index, state, { changes });
          expect(await readUntil(storage, index, state, { changes: Infinity })).toBe(true);
          expect(await allOf(left)).toEqual(expected);
          expect([...state.open().keys()]).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds a task at all limits of a task', async () => {
    const wide = (count: number, chars: number) =>
      Array.from({ length: count }, (_, n) => `${n}`.padEnd(chars, 'x'));
    const keyed = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, '']));
    const bodies = [
      { command: 'a'.repeat(64 * 1024) },
      { command: 'run', args: wide(1_000, 250) },
      { command: 'run', args: wide(8, 32 * 1024) },
      { command: 'run', cwd: '/'.repeat(4_096), env: keyed(wide(200, 256)) },
      { command: 'run', payload: keyed(wide(60, 4_000)) },
      { command: 'run', args: wide(30, 20).map((text) => `${text}\u0000"\\`.repeat(300)) },
    ];
    const records = bodies.map((body, n): JournalRecord => ({
      kind: 'submitted',
      id: `large-${n}`,
      at: n,
      class: CLASS,
      body: JSON.stringify(body),
    }));
    const names = wide(64, 190).map((text) => `${text}\u0000\u0000`);
    const words = (chars: number) =>
      'ab12cd34-ef56 /srv/x.log:7 '.repeat(Math.ceil(chars / 27)).slice(0, chars);
    const ends: JournalRecord[] = bodies.flatMap((_, n) => [
      { kind: 'leased', id: `large-${n}`, at: n + 1, worker: 'w', session: 's', epoch: 1 },
      n % 2 === 0
        ? { kind: 'settled', id: `large-${n}`, at: n + 2, state: 'completed', result: { artifacts: names } }
        : {
            kind: 'settled',
            id: `large-${n}`,
            at: n + 2,
            state: 'failed',
            error: { code: 'HANDLER_FAILED', message: words(4_096), details: { stack: words(200_000) } },
          },
    ]);
    const storage = await journalOf(5, (n) => (n === 0 ? [...records, ...ends] : []));
    const index = await collectionOf();
    const state = sqliteIndexState(':memory:');
    const done = Promise.withResolvers<void>();
    const indexer = new Indexer({
      reader: memoryJournalReader(storage, 'vectorizer'),
      state,
      collections: collectionSetOn(index),
      clock,
      onIndexed: () => void (state.journal === storage.last && done.resolve()),
    });
    await Promise.race([done.promise, indexer.run()]);
    for (const [n] of bodies.entries()) {
      const filter = { namespace: 'default', fields: { task: `large-${n}`, kind: 'spec' } };
      const { points } = await index.scroll(COLLECTION, filter, { limit: 9 });
      expect(points.map(({ payload }) => runIn(payload)?.task)).toEqual([`large-${n}`]);
    }
    await indexer.stop();
  });

  it('stops between portions of what it has read, and continues with the next one', async () => {
    const body = JSON.stringify({ payload: 'word '.repeat(20_000) });
    const storage = new MemoryStorage();
    const log = memoryLog({ storage });
    for (let n = 0; n < 20; n++)
      await log.append(entryOf([{ kind: 'submitted', id: `long-${n}`, at: n, class: CLASS, body }]), n);
    const state = sqliteIndexState(':memory:');
    const index = await collectionOf();
    const indexer = (onIndexed: () => void) =>
      new Indexer({
        reader: memoryJournalReader(storage, 'vectorizer'),
        state,
        collections: collectionSetOn(index),
        clock,
        onIndexed,
      });
    let portions = 0;
    const first = indexer(() => {
      portions++;
      void first.stop();
    });
    await first.run();
    expect(portions).toBe(1);
    expect(state.journal).toBeLessThan(storage.last);
    const second = indexer(() => void (state.journal === storage.last && second.stop()));
    await second.run();
    expect(second.status()).toMatchObject({ open: 20 });
  });

  it('continues after purged entries, and reports their number', async () => {
    const storage = await journalOf(3);
    await memoryLog({ storage }).purge(10);
    const index = await collectionOf();
    const state = sqliteIndexState(':memory:');
    const done = Promise.withResolvers<void>();
    const indexer = new Indexer({
      reader: memoryJournalReader(storage, 'vectorizer'),
      state,
      collections: collectionSetOn(index),
      clock,
      onIndexed: () => void (state.journal === storage.last && done.resolve()),
    });
    void indexer.run();
    await done.promise;
    expect(indexer.status()).toMatchObject({ missed: 10, open: 0, trouble: undefined });
    expect(await index.count(COLLECTION, { namespace: 'default', fields: { kind: 'attempt' } })).toBe(
      TASKS - 10,
    );
    await indexer.stop();
  });
});
