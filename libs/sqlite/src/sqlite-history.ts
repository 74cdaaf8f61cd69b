import type {
  AttemptView,
  Cleared,
  DecisionView,
  HistoryStats,
  HistoryStatsRequest,
  SetAsideView,
} from '@precedent/contract-types';
import { DatabaseSync, backup } from 'node:sqlite';
import type {
  HistoryChanges,
  HistoryCounts,
  HistoryFeedQuery,
  HistoryList,
  HistoryListQuery,
  HistoryPosition,
  HistoryStore,
  HistoryEventsQuery,
  TaskEntry,
} from '@precedent/ports';
import { carryTasks } from './carry.ts';
import type { CarryOptions } from './carry.ts';
import { ClassTable } from './class-table.ts';
import { entryOf } from './entry-columns.ts';
import type { Columns } from './entry-columns.ts';
import { HistoryWriter } from './history-writer.ts';
import { clause, allOf, whereOf } from './filter-clauses.ts';
import { SELECT_LISTED, listPage } from './list-query.ts';
import { feedOf } from './feed-query.ts';
import { attemptsOf, decisionsOf, firstAt, operationsOf } from './log-queries.ts';
import { matchOf } from './match-text.ts';
import { closeDatabase, openDatabase } from './open-database.ts';
import { readSetAside } from './set-aside-table.ts';
import { sqliteError } from './sqlite-errors.ts';
import { Statements } from './statements.ts';
import { statsOf } from './stats-query.ts';
import { TaskCounts } from './task-counts.ts';

/** Counting that takes longer than this is not repeated at once. Milliseconds. */
const QUICK_MS = 5;
/** It is repeated after so many times the time that it took. */
const COUNTS_VALID_TIMES = 100;
/** Pages of the index of words that are merged in one go. */
const MERGED_PAGES = 500;
/** Pages that are copied before others have their turn: some 4 MB. */
const COPIED_PAGES = 1_000;
/** Matches that are compared with each other, at most. */
const RANKED_MAX = 20_000;

/** A `HistoryStore` in one file of SQLite. Errors of opening: see `openDatabase`. */
export class SqliteHistory implements HistoryStore {
  readonly file: string;
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #classes: ClassTable;
  readonly #taskCounts: TaskCounts;
  readonly #writer: HistoryWriter;
  readonly #scannedMax: number | undefined;
  #counts: { readonly until: number; readonly counts: HistoryCounts } | undefined;

  /** `maxBytes`: the file grows no further, as on a full disk. `scannedMax`: tasks that a count may read, at most. */
  constructor(
    file: string,
    { maxBytes, scannedMax }: { readonly maxBytes?: number; readonly scannedMax?: number } = {},
  ) {
    this.file = file;
    this.#scannedMax = scannedMax;
    this.#db = openDatabase(file);
    if (maxBytes !== undefined) limitPages(this.#db, maxBytes);
    this.#statements = new Statements(this.#db);
    this.#classes = new ClassTable(this.#statements);
    this.#taskCounts = new TaskCounts(this.#statements);
    this.#writer = new HistoryWriter(this.#statements, this.#classes, this.#taskCounts);
  }

  /** Called with every statement, so that a test can look at its plan. */
  set onQuery(listener: ((sql: string) => void) | undefined) {
    this.#statements.onQuery = listener;
  }

  position(): HistoryPosition {
    return this.#read('reading the position', () => {
      const place = this.#statements.of('SELECT seq, epoch, at FROM place').get();
      return { seq: Number(place?.['seq']), epoch: Number(place?.['epoch']), at: Number(place?.['at']) };
    });
  }

  load(id: string): TaskEntry | undefined {
    return this.#read('reading a task', () => {
      const columns = this.#statements.of('SELECT * FROM tasks WHERE id = ?').get(id);
      if (!columns) return undefined;
      const entry = this.#entryOf(columns);
      this.#writer.know(entry, columns);
      return entry;
    });
  }

  apply(changes: HistoryChanges): void {
    this.#read('writing what happened', () => this.#writer.apply(changes));
  }

  attempts(id: string): AttemptView[] {
    return this.#read('reading attempts', () => attemptsOf(this.#statements, id));
  }

  list(query: HistoryListQuery): HistoryList {
    return this.#read('listing tasks', () => {
      const { rows, ...next } = listPage(this.#statements, query);
      return { entries: rows.map((columns) => this.#entryOf(columns)), ...next };
    });
  }

  search(text: string, query: Omit<HistoryListQuery, 'cursor' | 'order' | 'text'>) {
    return this.#read('searching', () => {
      const first = this.#firstCompared(text);
      const ranked = first === undefined;
      const where = allOf([clause('words.rowid >= ?', first ?? 0), whereOf(query)]);
      const sql = `${SELECT_LISTED} FROM words CROSS JOIN tasks ON tasks.row = words.rowid
        WHERE words MATCH ? AND ${where.sql} ORDER BY ${ranked ? 'words.rank' : 'words.rowid DESC'} LIMIT ?`;
      const rows = this.#statements.of(sql).all(matchOf(text), ...where.values, query.limit);
      return { entries: rows.map((columns) => this.#entryOf(columns)), ranked };
    });
  }

  stats(query: Cleared<HistoryStatsRequest>): HistoryStats {
    return this.#read('counting', () => statsOf(this.#statements, query, this.#scannedMax));
  }

  operations(query: HistoryEventsQuery) {
    return this.#read('reading operations', () => operationsOf(this.#statements, query));
  }

  feed(query: HistoryFeedQuery) {
    return this.#read('reading events', () => feedOf(this.#statements, query));
  }

  decisions(query: { readonly task?: string | undefined; readonly limit: number }): DecisionView[] {
    return this.#read('reading decisions', () => decisionsOf(this.#statements, query));
  }

  counts(): HistoryCounts {
    return this.#read('counting rows', () => {
      const begun = performance.now();
      if (this.#counts && begun < this.#counts.until) return this.#counts.counts;
      const counts = this.#count();
      const now = performance.now();
      const tookMs = now - begun;
      this.#counts = { until: tookMs > QUICK_MS ? now + tookMs * COUNTS_VALID_TIMES : 0, counts };
      return counts;
    });
  }

  setAside(): SetAsideView {
    return this.#read('reading what was set aside', () => readSetAside(this.#db));
  }

  forget(settledBefore: number, max: number): number {
    return this.#read('forgetting old tasks', () => {
      const sql = 'SELECT row FROM tasks WHERE settled_at < ? ORDER BY settled_at LIMIT ?';
      const rows = this.#statements.of(sql).all(settledBefore, max);
      // Looked up before as well: when all are forgotten, no row is left that says how far the history was.
      const first = firstAt(this.#statements, settledBefore);
      this.#writer.remove(
        rows.map((columns) => Number(columns['row'])),
        () => {
          this.#forgetLoose(settledBefore);
          if (rows.length > 0)
            this.#writer.wholeFrom(Math.max(first, firstAt(this.#statements, settledBefore)));
        },
      );
      return rows.length;
    });
  }

  #forgetLoose(before: number): void {
    this.#statements.of('DELETE FROM decisions WHERE at < ?').run(before);
    this.#statements
      .of('DELETE FROM parties WHERE at < ? AND decision NOT IN (SELECT id FROM decisions)')
      .run(before);
    this.#statements.of('DELETE FROM operations WHERE row IS NULL AND at < ?').run(before);
    this.#taskCounts.trim(this.position().at);
  }

  countOlder(max: number): number {
    return this.#read('counting tasks of an older version', () => {
      try {
        return this.#statements.atOnce(() => this.#taskCounts.countOlder(max));
      } catch (error) {
        this.#taskCounts.reset();
        throw error;
      }
    });
  }

  /** Bytes of the file, and those in it that are free. */
  optimise(): { bytes: number; freeBytes: number } {
    return this.#read('optimising', () => {
      // Merges a part of the words at a time: all of them would keep every answer waiting.
      this.#db.exec(`INSERT INTO words (words, rank) VALUES ('merge', ${MERGED_PAGES})`);
      this.#db.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
      const sizes = this.#statements
        .of(
          'SELECT page_count * page_size AS bytes, freelist_count * page_size AS free FROM pragma_page_count(), pragma_page_size(), pragma_freelist_count()',
        )
        .get();
      return { bytes: Number(sizes?.['bytes']), freeBytes: Number(sizes?.['free']) };
    });
  }

  /** Copies all of it into a new file, as it is at one moment of the call; others have their turn meanwhile. */
  async copyTo(file: string): Promise<{ seq: number; tasks: number }> {
    try {
      await backup(this.#db, file, { rate: COPIED_PAGES });
      return copied(file);
    } catch (error) {
      throw sqliteError(error, `copying the history to ${file}`);
    }
  }

  secure(): number {
    return this.#read('securing', () => {
      const { seq } = this.position();
      this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
      return seq;
    });
  }

  /** Takes over some tasks of the history in another file; see `carryTasks`. */
  carry(options: CarryOptions): number | undefined {
    return this.#read('taking over tasks', () => {
      const last = carryTasks(this.#statements, options, (to) =>
        this.#taskCounts.countCarried(options.after, to),
      );
      this.#writer.renumber();
      return last;
    });
  }

  /** Removes tasks without a verdict that nothing is known of from this sequence on. Returns how many. */
  dropUnknown(asOf: number): number {
    return this.#read('removing tasks', () => {
      const sql = 'SELECT row FROM tasks WHERE settled_at IS NULL AND as_of < ?';
      const rows = this.#statements.of(sql).all(asOf);
      this.#writer.remove(rows.map((columns) => Number(columns['row'])));
      return rows.length;
    });
  }

  close(): void {
    closeDatabase(this.#db);
  }

  #entryOf(columns: Columns): TaskEntry {
    return entryOf(columns, this.#classes.get(Number(columns['class'])));
  }

  /** The row of the oldest match that is looked at when there are too many; otherwise `undefined`. */
  #firstCompared(text: string): number | undefined {
    const sql = `SELECT rowid AS row FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ${RANKED_MAX - 1}`;
    const found = this.#statements.of(sql).get(matchOf(text));
    return found && Number(found['row']);
  }

  #count(): HistoryCounts {
    const rows = (table: string): number =>
      Number(this.#statements.of(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
    const bytes = this.#statements
      .of('SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()')
      .get();
    return {
      tasks: rows('tasks'),
      attempts: rows('attempts'),
      operations: rows('operations'),
      decisions: rows('decisions'),
      bytes: Number(bytes?.['n']),
    };
  }

  #read<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, doing);
    }
  }
}

/** Up to where a copy goes: the history went on while it was made. */
const copied = (file: string): { seq: number; tasks: number } => {
  const db = new DatabaseSync(file);
  try {
    // One file, so that moving it moves all of it.
    db.exec('PRAGMA journal_mode = DELETE');
    const seq = Number(db.prepare('SELECT seq FROM place').get()?.['seq']);
    return { seq, tasks: Number(db.prepare('SELECT count(*) AS n FROM tasks').get()?.['n']) };
  } finally {
    db.close();
  }
};

const limitPages = (db: DatabaseSync, maxBytes: number): void => {
  const size = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / size))}`);
};
