import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Projection, refold } from '@precedent/history';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { SqliteHistory, openHistoryComparison } from '@precedent/sqlite';
import type { ComparedHistory } from '@precedent/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CopiedLog } from '../engine/copied-log.ts';
import { JOURNAL } from '../engine/options.ts';
import { aTask, world } from '../engine/world.ts';
import type { World } from '../engine/world.ts';

const DEFAULTS = { namespace: 'default', project: 'default' };

/** Tasks with every kind of end, one that was deleted, and a decision that preempts. */
const aVariedCell = async (): Promise<World> => {
  const w = await world({ preemption: DEFAULT_POLICY, journal: { ...JOURNAL, retentionMs: 3_600_000 } });
  const worker = await w.worker({ slots: 2 });
  const labels = { team: 'shop' };
  await w.submit(aTask({ id: 'good', name: 'größe', labels, idempotencyKey: 'k1' }), aTask({ id: 'gone' }));
  await worker.complete('good');
  await worker.complete('gone');
  await w.delete('gone');
  await w.submit(aTask({ id: 'bad', retry: { max: 0 } }), aTask({ id: 'victim', band: 'low' }));
  await worker.fail('bad');
  await w.submit(aTask({ id: 'long', band: 'low' }));
  await w.advance(1_000);
  await w.submit(aTask({ id: 'urgent', band: 'critical' }));
  await w.advance(1_000);
  return w;
};

/** The history of a cell in a folder, stored entry by entry. */
const setup = async () => {
  const w = await aVariedCell();
  const dir = mkdtempSync(path.join(tmpdir(), 'precedent-comparison-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(path.join(dir, 'stored'));
  const file = path.join(dir, 'stored', 'history.db');
  const store = new SqliteHistory(file);
  const projection = new Projection(store, DEFAULTS);
  for (const entry of w.journal.entries) {
    projection.fold(entry);
    store.apply(projection.take());
  }
  store.close();
  const compare = async (upTo = w.journal.last): Promise<ComparedHistory> => {
    const made = path.join(dir, 'made.db');
    for (const end of ['', '-wal', '-shm']) rmSync(`${made}${end}`, { force: true });
    const again = new SqliteHistory(made);
    const comparison = openHistoryComparison(path.dirname(file), made);
    if (comparison === undefined) throw new Error('no history');
    const entries = new CopiedLog(w.journal).read(0);
    const from = await refold({ store: again, entries, upTo, defaults: DEFAULTS });
    const report = comparison.compare({ from: from ?? 0, forgottenBefore: 0 });
    comparison.close();
    again.close();
    return report;
  };
  const change = (sql: string): number => {
    const db = new DatabaseSync(file);
    const { changes } = db.prepare(sql).run();
    db.close();
    return Number(changes);
  };
  const columnsOf = (table: string): readonly { readonly name: string; readonly type: string }[] => {
    const db = new DatabaseSync(file, { readOnly: true });
    const columns = db.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all();
    db.close();
    return columns.map(({ name, type }) => ({ name: String(name), type: String(type) }));
  };
  return { w, file, compare, change, columnsOf };
};

describe('a history that is compared with its journal', () => {
  it('is the same when it was stored in other steps, also where a task was deleted', async () => {
    const { w, compare } = await setup();
    expect(await compare()).toEqual({ seq: w.journal.last, compared: 5, older: 0, differences: [] });
  });

  it.each(['tasks', 'attempts', 'operations', 'labels', 'decisions'])(
    'names the table and the task of a row of %s of which any column was changed',
    async (table) => {
      const { file, compare, change, columnsOf } = await setup();
      const whole = readFileSync(file);
      const columns = columnsOf(table).filter(({ name }) => name !== 'row' && name !== 'explanation');
      for (const { name, type } of columns) {
        const value = type === 'INTEGER' ? `coalesce(${name}, 0) + 1` : `coalesce(${name}, '') || 'x'`;
        const rows = `SELECT rowid FROM ${table} LIMIT 1`;
        const which = table === 'tasks' ? `id = 'bad'` : `rowid IN (${rows})`;
        const byKey = table === 'attempts' || table === 'labels';
        const first = `row = (SELECT min(row) FROM ${table})`;
        expect(change(`UPDATE ${table} SET ${name} = ${value} WHERE ${byKey ? first : which}`)).toBe(1);
        const { differences } = await compare();
        const named = differences.map((one) => one.table);
        expect([name, named.includes(table)]).toEqual([name, true]);
        writeFileSync(file, whole);
      }
      expect((await compare()).differences).toEqual([]);
    },
  );

  it('names a task that was removed, and one that was added', async () => {
    const { w, compare, change } = await setup();
    change(`DELETE FROM tasks WHERE id = 'bad'`);
    change(`UPDATE tasks SET id = 'other', submitted_at = ${w.now + 100_000} WHERE id = 'good'`);
    expect((await compare()).differences).toEqual(
      expect.arrayContaining([
        { table: 'tasks', task: 'bad', message: 'it is missing' },
        { table: 'tasks', task: 'good', message: 'it is missing' },
        { table: 'tasks', task: 'other', message: 'the journal does not have it' },
      ]),
    );
  });

  it('names the task of which a bit flipped in the file', async () => {
    const { file, compare } = await setup();
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf('größe');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const [{ table, task } = { table: '' }] = (await compare()).differences;
    expect([table, task]).toEqual(['tasks', 'good']);
  });

  it('names the file where a page is damaged', async () => {
    const { file, compare } = await setup();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4_096 * 3, 4_096 * 4);
    writeFileSync(file, bytes);
    expect((await compare()).differences[0]).toMatchObject({ table: 'file' });
  });
});
