import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Projection } from '@precedent/history';
import type { HistoryStore } from '@precedent/ports';
import { SqliteHistory } from '@precedent/sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { FILTERS, randomLives } from '../conformance/history-stats.suite.ts';
import { ScriptedJournal } from './scripted-journal.ts';

const DEFAULTS = { namespace: 'default', project: 'default' };
const [MINUTE, HOUR] = [60_000, 3_600_000];

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const newFile = (): string => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-statistics-'));
  dirs.push(dir);
  return path.join(dir, 'h.db');
};

/** A store with a journal that fills it; at most `scannedMax` tasks are read for a count. */
const setup = (scannedMax?: number) => {
  const file = newFile();
  const store = new SqliteHistory(file, scannedMax === undefined ? {} : { scannedMax });
  const journal = new ScriptedJournal();
  let projection = new Projection(store, DEFAULTS);
  let read = 0;
  const keep = (): void => {
    journal.flush();
    for (const entry of journal.entries.slice(read)) projection.fold(entry);
    read = journal.entries.length;
    store.apply(projection.take());
  };
  return { file, store, journal, keep, forgetMemory: () => (projection = new Projection(store, DEFAULTS)) };
};

const answers = (store: HistoryStore) => FILTERS.map((filter) => store.stats(filter));

describe('statistics of a history', () => {
  it('count whole minutes, and say so, where a period has too many tasks to read', () => {
    const { store, journal, keep } = setup(4);
    const begun = journal.at;
    for (let n = 0; n < 30; n++) {
      journal.life(`t${n}`);
      journal.at = begun + n * 10_000;
    }
    keep();
    const since = begun + MINUTE + 15_000;
    const until = begun + 2 * MINUTE + 1;
    expect(store.stats({ since, until })).toMatchObject({
      total: 12,
      scope: { since: begun + MINUTE, until: begun + 3 * MINUTE },
    });
    // Few enough to be read: exact, and nothing to say.
    const few = store.stats({ since, until: since + 30_000 });
    expect([few.total, few.scope]).toEqual([3, undefined]);
    const { buckets, scope } = store.stats({ since, until, bucketMs: 1_000 });
    expect(scope).toEqual({ since: begun + MINUTE, until: begun + 3 * MINUTE, bucketMs: MINUTE });
    expect(buckets).toEqual([
      { from: begun + MINUTE, submitted: 6, settled: { completed: 6 } },
      { from: begun + 2 * MINUTE, submitted: 6, settled: { completed: 6 } },
    ]);
    store.close();
  });

  it('count whole hours before the last two days, also once the minutes are removed', () => {
    const { store, journal, keep } = setup(5);
    const begun = journal.at;
    for (let n = 0; n < 50; n++) {
      journal.life(`t${n}`);
      journal.at += 10 * MINUTE;
    }
    keep();
    journal.at += 100 * HOUR;
    journal.life('late');
    keep();
    for (const isTrimmed of [false, true]) {
      if (isTrimmed) store.forget(begun, 1);
      const { total, scope } = store.stats({ since: begun + HOUR + 1, until: begun + 2 * HOUR + 1 });
      expect([total, scope]).toEqual([12, { since: begun + HOUR, until: begun + 3 * HOUR }]);
      expect(store.stats({}).total).toBe(51);
    }
    store.close();
  });

  it('read only the latest tasks, and say so, for a filter by something that is not counted apart', () => {
    const { store, journal, keep } = setup(4);
    for (let n = 0; n < 10; n++) journal.life(`t${n}`, { labels: { n: String(n % 2) } }, 'w1');
    journal.life('other', {}, 'w2');
    keep();
    expect(store.stats({ worker: 'w1' })).toMatchObject({ total: 4, scope: { latest: 4 } });
    expect(store.stats({ worker: 'w1', labels: { n: '1' } })).toMatchObject({
      total: 2,
      scope: { latest: 4 },
    });
    expect(store.stats({ worker: 'w2' })).toMatchObject({ total: 1 });
    expect(store.stats({ worker: 'w2' }).scope).toBeUndefined();
    store.close();
  });

  it('count tasks that an older version stored, a part at a time, and say how many are missing', () => {
    const world = setup();
    randomLives(world, 300);
    const expected = answers(world.store);
    world.store.close();
    const db = new DatabaseSync(world.file);
    db.exec('DROP TABLE stats; DROP TABLE stats_extent');
    db.close();
    const store = new SqliteHistory(world.file, { scannedMax: 3 });
    const { total, scope } = store.stats({});
    expect([total, (scope?.uncounted ?? 0) > 100]).toEqual([0, true]);
    expect(store.countOlder(50)).toBe(50);
    expect(store.stats({}).total).toBe(50);
    while (store.countOlder(50) > 0);
    store.close();
    const whole = new SqliteHistory(world.file);
    expect(answers(whole)).toEqual(expected);
    whole.close();
  });

  it('count again after a version that does not count has written to the file', () => {
    const world = setup();
    randomLives(world, 50);
    const expected = answers(world.store);
    world.store.close();
    const db = new DatabaseSync(world.file);
    db.exec('UPDATE place SET seq = seq + 1');
    db.close();
    const store = new SqliteHistory(world.file);
    expect(store.stats({}).total).toBe(expected[0]?.total);
    while (store.countOlder(50) > 0);
    expect(answers(store)).toEqual(expected);
    store.close();
  });

  it('count what changes while older tasks are being counted exactly once', () => {
    const world = setup();
    for (let n = 0; n < 10; n++) world.journal.submit(`t${n}`);
    world.keep();
    world.store.close();
    const db = new DatabaseSync(world.file);
    db.exec('DELETE FROM stats_extent');
    db.close();
    const store = new SqliteHistory(world.file);
    const projection = new Projection(store, DEFAULTS);
    const { journal } = world;
    const keep = (): void => {
      projection.fold(journal.flush());
      store.apply(projection.take());
    };
    store.countOlder(4);
    // One that is counted and one that is not are run, deleted, and added.
    for (const id of ['t9', 't0']) journal.lease(id).complete(id);
    for (const id of ['t8', 't1']) journal.add({ kind: 'deleted', id, at: journal.at, namespace: 'default' });
    journal.life('new');
    keep();
    while (store.countOlder(4) > 0);
    expect(store.stats({})).toMatchObject({ total: 9, byState: { queued: 6, completed: 3 } });
    store.close();
  });

  it('count nothing of a batch that fails half way', () => {
    const { store, journal, keep } = setup();
    journal.life('a');
    keep();
    const projection = new Projection(store, DEFAULTS);
    for (const id of ['b', 'c']) journal.life(id);
    projection.fold(journal.flush());
    const changes = projection.take();
    const [, second] = changes.added;
    if (second) second.row.progress = { ...second.row.progress, run: { ...second.row.run, result: 1n } };
    expect(() => store.apply(changes)).toThrow(/BigInt/);
    expect(store.stats({}).total).toBe(1);
    if (second) second.row.progress = { ...second.row.progress, run: { ...second.row.run, result: 1 } };
    store.apply(changes);
    expect(store.stats({})).toMatchObject({ total: 3, byState: { completed: 3 } });
    store.close();
  });
});
