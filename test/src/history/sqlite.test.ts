import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Projection } from '@precedent/history';
import { SqliteHistory, openHistoryFolder } from '@precedent/sqlite';
import type { HistoryStore } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedJournal } from './scripted-journal.ts';

const DEFAULTS = { namespace: 'default', project: 'default' };

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0).toReversed()) clean();
});

const newDir = (): string => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-sqlite-'));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

const opened = (dir: string) => {
  const folder = openHistoryFolder(dir, 1_234);
  cleanups.push(() => folder.close());
  return folder;
};

const keep = (store: HistoryStore, journal: ScriptedJournal): void => {
  journal.flush();
  const projection = new Projection(store, DEFAULTS);
  for (const entry of journal.entries) projection.fold(entry);
  store.apply(projection.take());
};

const lives = (journal: ScriptedJournal, count: number, from = 0): ScriptedJournal => {
  for (let n = from; n < from + count; n++)
    journal.life(`t${n}`, { name: `task ${n}`, type: n % 2 ? 'odd' : 'even' });
  return journal;
};

describe('a history in SQLite', () => {
  it('stores a batch completely or, when the disk is full, not at all, and continues when there is space', () => {
    const file = path.join(newDir(), 'h.db');
    const journal = lives(new ScriptedJournal(), 100);
    const full = new SqliteHistory(file, { maxBytes: 200_000 });
    keep(full, journal);
    lives(journal, 5_000, 100);
    expect(() => keep(full, journal)).toThrow(/the disk is full/);
    expect(full.position().seq).toBe(1);
    expect(full.counts()).toMatchObject({ tasks: 100, operations: 300 });
    expect(full.load('t99')?.state).toBe('completed');
    full.close();
    const roomy = new SqliteHistory(file);
    keep(roomy, journal);
    expect(roomy.counts()).toMatchObject({ tasks: 5_100, attempts: 5_100, operations: 15_300 });
    roomy.close();
  });

  it('stores nothing of a batch that fails half way', () => {
    const store = opened(newDir()).store;
    const journal = lives(new ScriptedJournal(), 3);
    const projection = new Projection(store, DEFAULTS);
    projection.fold(journal.flush());
    const changes = projection.take();
    const [, second] = changes.added;
    // What JSON cannot write, in the middle of the batch.
    if (second) second.row.progress = { ...second.row.progress, run: { ...second.row.run, result: 1n } };
    expect(() => store.apply(changes)).toThrow(/BigInt/);
    expect(store.position().seq).toBe(0);
    expect(store.counts()).toMatchObject({ tasks: 0, attempts: 0, operations: 0 });
    keep(store, journal);
    expect(store.counts()).toMatchObject({ tasks: 3, attempts: 3, operations: 9 });
  });

  it('ignores entries that it has already', () => {
    const store = opened(newDir()).store;
    const journal = lives(new ScriptedJournal(), 10);
    keep(store, journal);
    lives(journal, 10, 10);
    for (let again = 0; again < 3; again++) keep(store, journal);
    expect(store.counts()).toMatchObject({ tasks: 20, attempts: 20, operations: 60 });
  });

  it.each([
    ['nothing at all', (file: string) => writeFileSync(file, '')],
    [
      'no database',
      (file: string) => writeFileSync(file, 'not a database, but long enough to be read as one'.repeat(90)),
    ],
    ['a database of somebody else', (file: string) => new DatabaseSync(file).exec('CREATE TABLE a (b)')],
  ])('builds a new file where there is %s', (_, make) => {
    const dir = newDir();
    make(path.join(dir, 'history.db'));
    const { store, moved } = opened(dir);
    expect(store.position().seq).toBe(0);
    expect(moved === undefined || moved.problem.message.includes('damaged')).toBe(true);
    keep(store, lives(new ScriptedJournal(), 3));
    expect(store.counts().tasks).toBe(3);
  });

  it('keeps one damaged file for inspection, and no more', () => {
    const dir = newDir();
    for (const now of [1, 2]) {
      writeFileSync(path.join(dir, 'history.db'), 'x'.repeat(10_000));
      openHistoryFolder(dir, now).close();
    }
    expect(readdirSync(dir).filter((name) => name.startsWith('aside-'))).toEqual(['aside-2.db']);
  });

  it('removes the files that an interrupted rebuild left', () => {
    const dir = newDir();
    writeFileSync(path.join(dir, 'next.db'), 'half a history');
    opened(dir);
    expect(readdirSync(dir).includes('next.db')).toBe(false);
  });
});

describe('a history that is rebuilt', () => {
  it('has the tasks that are older than the journal, with their attempts and operations', () => {
    const dir = newDir();
    const folder = opened(dir);
    const journal = new ScriptedJournal();
    journal.life('old', { name: 'ancient report', labels: { team: 'a' } });
    keep(folder.store, lives(journal, 2_000));
    const build = folder.build();
    let carried = 0;
    for (let after: number | undefined = 0; after !== undefined; after = build.carry(journal.at, after, 300))
      carried++;
    expect(carried).toBeGreaterThan(5);
    const store = build.finish();
    expect(folder.store).toBe(store);
    expect(store.counts()).toMatchObject({ tasks: 2_001, attempts: 2_001, operations: 6_003 });
    expect(store.stats({})).toMatchObject({ total: 2_001, byType: { command: 1, odd: 1_000, even: 1_000 } });
    expect(store.list({ limit: 10, text: 'ancient' }).entries.map(({ row }) => row.id)).toEqual(['old']);
    expect(store.list({ limit: 10, labels: { team: 'a' } }).entries).toHaveLength(1);
    expect(store.load('old')).toMatchObject({
      state: 'completed',
      asOf: 1,
      row: { class: { labels: { team: 'a' } } },
    });
    expect(readdirSync(dir).sort()).not.toContain('next.db');
  });

  it('applies no entry twice, and continues with the first entry that it has not seen', () => {
    const folder = opened(newDir());
    const journal = new ScriptedJournal();
    const problem = { code: 'COMMAND_FAILED' as const, message: 'exit code 1' };
    journal.submit('a').submit('b').flush();
    journal.lease('a', 'w1').flush();
    journal.add({ kind: 'retrying', id: 'a', at: journal.at, dueAt: journal.at, error: problem });
    journal.add({ kind: 'due', id: 'a', at: journal.at }).lease('a', 'w2');
    keep(folder.store, journal);
    const before = [
      folder.store.load('a'),
      folder.store.attempts('a'),
      folder.store.operations({ task: 'a', limit: 99 }),
    ];
    const build = folder.build();
    build.carry(Number.MAX_SAFE_INTEGER, 0, 100);
    // The journal begins behind the submission.
    const position = { seq: 1, epoch: 0, at: 0 };
    build.store.apply({
      position,
      removed: [],
      added: [],
      changed: [],
      attempts: [],
      operations: [],
      decisions: [],
    });
    const projection = new Projection(build.store, DEFAULTS);
    for (const entry of journal.entries.slice(1)) projection.fold(entry);
    build.store.apply(projection.take());
    const after = [
      build.store.load('a'),
      build.store.attempts('a'),
      build.store.operations({ task: 'a', limit: 99 }),
    ];
    const [entry, ...rest] = before;
    expect(after).toEqual([Object.assign(entry ?? {}, { asOf: 3 }), ...rest]);
    projection.fold(journal.complete('a').flush());
    build.store.apply(projection.take());
    expect(build.store.load('a')).toMatchObject({ state: 'completed', row: { attempt: 2, retries: 1 } });
    build.discard();
  });

  it('leaves no file when it is discarded', () => {
    const dir = newDir();
    const folder = opened(dir);
    keep(folder.store, lives(new ScriptedJournal(), 10));
    const build = folder.build();
    build.carry(Number.MAX_SAFE_INTEGER, 0, 100);
    build.discard();
    expect(readdirSync(dir).filter((name) => name.startsWith('next'))).toEqual([]);
    expect(folder.store.counts().tasks).toBe(10);
  });
});

describe('the query plans of a history', () => {
  const plans = (work: (store: SqliteHistory) => unknown): string[] => {
    const file = path.join(newDir(), 'h.db');
    const store = new SqliteHistory(file);
    keep(store, lives(new ScriptedJournal(), 50));
    const statements: string[] = [];
    store.onQuery = (sql) => statements.push(sql);
    work(store);
    store.close();
    const db = new DatabaseSync(file);
    const details = statements.flatMap((sql) => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    db.close();
    return details.map(({ detail }) => String(detail));
  };

  it('search by the key for one task, its attempts and its operations', () => {
    const found = plans((store) => {
      store.load('t1');
      store.attempts('t1');
      store.operations({ task: 't1', limit: 10 });
    });
    expect(found.filter((detail) => detail.startsWith('SCAN'))).toEqual([]);
  });
});
