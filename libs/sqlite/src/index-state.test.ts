import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sqliteIndexState } from './index-state.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-index-state-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const file = (): string => path.join(dir, 'state.db');

test('a new index state starts at sequence 0 without texts', () => {
  const state = sqliteIndexState(file());
  expect([state.journal, state.notes, [...state.open()]]).toEqual([0, 0, []]);
  state.close();
});

test('an index state has its two positions and its texts after a restart', () => {
  const first = sqliteIndexState(file());
  first.save({
    journal: 7,
    put: [
      ['a', '1'],
      ['b', '2'],
    ],
  });
  first.save({ notes: 3, put: [['a', '9']], drop: ['b'] });
  first.close();
  const second = sqliteIndexState(file());
  expect([second.journal, second.notes, [...second.open()]]).toEqual([7, 3, [['a', '9']]]);
  second.close();
});

test('a step of the index state is saved whole or not at all', () => {
  const state = sqliteIndexState(file());
  const bad = [
    ['a', '1'],
    [undefined, 'x'],
  ] as unknown as [string, string][];
  expect(() => state.save({ journal: 5, put: bad })).toThrow();
  expect([state.journal, state.open().size]).toEqual([0, 0]);
  state.close();
});

test('an index state of version 1 keeps what it holds when it is opened, and is refused by version 1 afterwards', () => {
  const first = sqliteIndexState(file());
  first.save({ journal: 7, put: [['a', '{"attempts":[]}']] });
  first.close();
  const old = new DatabaseSync(file());
  old.exec('PRAGMA user_version = 1');
  old.close();
  const second = sqliteIndexState(file());
  expect([second.journal, [...second.open()]]).toEqual([7, [['a', '{"attempts":[]}']]]);
  second.close();
  const again = new DatabaseSync(file());
  expect(again.prepare('PRAGMA user_version').get()?.['user_version']).toBe(2);
  again.close();
});

test('an index state of a later version, or one that is no database, is refused with the name of its file', () => {
  const later = new DatabaseSync(file());
  later.exec('PRAGMA user_version = 99');
  later.close();
  expect(() => sqliteIndexState(file())).toThrow(/version 99; this program knows up to 2/);
  const broken = path.join(dir, 'broken.db');
  writeFileSync(broken, 'not a database, and long enough to be looked at as one'.repeat(20));
  expect(() => sqliteIndexState(broken)).toThrow(/broken\.db is no readable database/);
});

test('an index state that is damaged anywhere is refused when it is opened', () => {
  const state = sqliteIndexState(file());
  state.save({ put: Array.from({ length: 500 }, (_, n) => [`key ${n}`, 'x'.repeat(500)] as const) });
  state.close();
  const bytes = readFileSync(file());
  writeFileSync(file(), bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 8_192));
  expect(() => sqliteIndexState(file())).toThrow(
    expect.objectContaining({ code: 'JOURNAL_CORRUPT', message: `${file()} is no readable database` }),
  );
});

test('an index state counts each entry that was set aside once, and holds the latest hundred', () => {
  const state = sqliteIndexState(file());
  const one = (seq: number) => ({ seq, subject: `entry ${seq}`, reason: 'no JSON' });
  for (let seq = 1; seq <= 130; seq++) state.save({ journal: seq, aside: [one(seq)] });
  state.save({ aside: [one(130)] });
  state.close();
  const again = sqliteIndexState(file());
  const { count, latest } = again.setAside();
  expect([count, latest.length, latest[0], latest.at(-1)]).toEqual([130, 100, one(130), one(31)]);
  again.close();
});

test('an index state has the indexed successes of a spec in their order, without those that are deleted or expired', () => {
  const state = sqliteIndexState(file());
  const success = (task: string, at: number) => ({ task, at, count: 1, since: at, isPinned: false });
  const [a, b, c] = [success('a', 3), success('b', 1), success('c', 2)];
  state.save({ successes: [['s', [a, b, c]]] });
  expect(state.successes('s')).toEqual([a, b, c]);
  const pinned = { ...c, isPinned: true };
  const d = { ...success('d', 4), count: 2, since: 3 };
  state.save({ successes: [['s', [b, pinned, d]]] });
  expect(state.successes('s')).toEqual([b, pinned, d]);
  state.save({ deleted: ['d'], expired: 2 });
  expect([state.successes('s'), state.successes('other')]).toEqual([[pinned], []]);
  state.close();
});
