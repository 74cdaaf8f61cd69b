import { DurationHistogram } from '@precedent/kernel';
import type { TaskEntry } from '@precedent/ports';
import { isOver } from './entry-columns.ts';
import type { Columns } from './entry-columns.ts';
import type { Statements } from './statements.ts';
import { MINUTE_MS, WIDTHS, minutesFrom } from './statistics-table.ts';

/** What a task adds to the statistics. Times in milliseconds. */
export interface CountedTask {
  readonly kind: number;
  readonly state: string;
  readonly submittedAt: number;
  readonly settledAt?: number | undefined;
  readonly waited?: number | undefined;
  readonly ran?: number | undefined;
}

/** The columns that `countedOf` reads. */
export const COUNTED_COLUMNS = 'kind, state, submitted_at, first_started_at, settled_at, waited_ms, ran_ms';

export const countedOf = (columns: Columns): CountedTask => {
  const hasStarted = columns['first_started_at'] !== null;
  const settledAt = columns['settled_at'] === null ? undefined : Number(columns['settled_at']);
  return {
    kind: Number(columns['kind']),
    state: String(columns['state']),
    submittedAt: Number(columns['submitted_at']),
    settledAt,
    waited: hasStarted ? Number(columns['waited_ms']) : undefined,
    ran: hasStarted && settledAt !== undefined ? Number(columns['ran_ms']) : undefined,
  };
};

/** The same of an entry of this kind. */
export const countedEntry = (entry: TaskEntry, kind: number): CountedTask => {
  const { row, firstStartedAt, state } = entry;
  const hasStarted = firstStartedAt > 0;
  return {
    kind,
    state,
    submittedAt: row.submittedAt,
    settledAt: row.run.settledAt,
    waited: hasStarted ? firstStartedAt - row.submittedAt : undefined,
    ran: hasStarted && isOver(entry) ? entry.ranMs : undefined,
  };
};

/** What a transaction changes of one kind and state in one period. */
class Cell {
  submitted = 0;
  settled = 0;
  readonly waited = new DurationHistogram();
  readonly ran = new DurationHistogram();

  merge({ submitted, settled, waited, ran }: Cell): void {
    this.submitted += submitted;
    this.settled += settled;
    this.waited.merge(waited);
    this.ran.merge(ran);
  }
}

/** By the beginning of the period. */
type Cells = Map<number, Cell>;

/** What changes of one kind and state, by minute. */
interface Group {
  readonly kind: number;
  readonly state: string;
  readonly minutes: Cells;
}

const SELECT_CELL =
  'SELECT submitted, settled, waited, ran FROM stats WHERE width = ? AND period = ? AND kind = ? AND state = ?';
const WRITE_CELL = 'INSERT OR REPLACE INTO stats VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
const DELETE_CELL = 'DELETE FROM stats WHERE width = ? AND period = ? AND kind = ? AND state = ?';

/** Counts tasks as they are written, changed and removed: collected in memory, and written once at the end of the transaction. */
export class TaskCounts {
  readonly #statements: Statements;
  /** By kind and state. */
  #pending = new Map<string, Group>();
  #countedFrom: number;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#countedFrom = this.#readCountedFrom();
  }

  /** The task of this row was `before` in the store, and is `after`; `undefined`: it was not there, or is no longer. */
  change(row: number, before: CountedTask | undefined, after: CountedTask | undefined): void {
    if (row < this.#countedFrom) return;
    if (before) this.#add(before, -1);
    if (after) this.#add(after, 1);
  }

  /** Writes what changed, at the end of a transaction. `seq`: the journal entry that the store has moved to, if it has. */
  flush(seq?: number): void {
    this.#write();
    if (seq !== undefined) this.#statements.of('UPDATE stats_extent SET seq = ?').run(seq);
  }

  /** Forgets what was not written; what was written may have been rolled back. */
  reset(): void {
    this.#pending = new Map();
    this.#countedFrom = this.#readCountedFrom();
  }

  /** Counts the latest tasks that are not counted yet, within a transaction. Returns how many it were. */
  countOlder(max: number): number {
    const sql = `SELECT row, ${COUNTED_COLUMNS} FROM tasks WHERE row < ? ORDER BY row DESC LIMIT ?`;
    const rows = this.#statements.of(sql).all(this.#countedFrom, max);
    for (const columns of rows) this.#add(countedOf(columns), 1);
    this.#write();
    this.#countedFrom = rows.length < max ? 0 : Number(rows.at(-1)?.['row']);
    this.#statements.of('UPDATE stats_extent SET counted_from = ?').run(this.#countedFrom);
    return rows.length;
  }

  /** Counts tasks that came from another file, behind one row up to another, within a transaction. */
  countCarried(after: number, last: number): void {
    const sql = `SELECT ${COUNTED_COLUMNS} FROM tasks WHERE row > ? AND row <= ?`;
    for (const columns of this.#statements.of(sql).all(after, last)) this.#add(countedOf(columns), 1);
    this.#write();
  }

  /** Removes minutes that are too old to be counted by the minute. */
  trim(at: number): void {
    this.#statements
      .of('DELETE FROM stats WHERE width = ? AND period < ?')
      .run(MINUTE_MS, Math.max(0, minutesFrom(at)));
  }

  #add(task: CountedTask, times: 1 | -1): void {
    const { minutes } = this.#groupOf(task);
    const cell = cellAt(minutes, minuteOf(task.submittedAt));
    cell.submitted += times;
    if (task.waited !== undefined) cell.waited.add(task.waited, times);
    if (task.ran !== undefined) cell.ran.add(task.ran, times);
    if (task.settledAt !== undefined) cellAt(minutes, minuteOf(task.settledAt)).settled += times;
  }

  #groupOf({ kind, state }: CountedTask): Group {
    const key = `${kind} ${state}`;
    const known = this.#pending.get(key);
    if (known) return known;
    const group: Group = { kind, state, minutes: new Map() };
    this.#pending.set(key, group);
    return group;
  }

  #write(): void {
    const groups = [...this.#pending.values()];
    this.#pending.clear();
    for (const { kind, state, minutes } of groups) {
      for (const width of WIDTHS) {
        for (const [period, cell] of mergedBy(width, minutes))
          this.#writeCell([width, period, kind, state], cell);
      }
    }
  }

  #writeCell(key: readonly [width: number, period: number, kind: number, state: string], change: Cell): void {
    const found = this.#statements.of(SELECT_CELL).get(...key);
    if (found) change.merge(cellOf(found));
    const { submitted, settled, waited, ran } = change;
    if (submitted === 0 && settled === 0) this.#statements.of(DELETE_CELL).run(...key);
    else
      this.#statements
        .of(WRITE_CELL)
        .run(...key, submitted, settled, JSON.stringify(waited), JSON.stringify(ran));
  }

  #readCountedFrom(): number {
    return Number(this.#statements.of('SELECT counted_from FROM stats_extent').get()?.['counted_from']);
  }
}

const minuteOf = (time: number): number => Math.floor(time / MINUTE_MS) * MINUTE_MS;

const cellAt = (cells: Cells, period: number): Cell => {
  const known = cells.get(period);
  if (known) return known;
  const cell = new Cell();
  cells.set(period, cell);
  return cell;
};

const mergedBy = (width: number, minutes: Cells): Cells => {
  const merged: Cells = new Map();
  for (const [minute, cell] of minutes) cellAt(merged, Math.floor(minute / width) * width).merge(cell);
  return merged;
};

const cellOf = (columns: Columns): Cell => {
  const cell = new Cell();
  cell.submitted = Number(columns['submitted']);
  cell.settled = Number(columns['settled']);
  cell.waited.merge(DurationHistogram.of(String(columns['waited'])));
  cell.ran.merge(DurationHistogram.of(String(columns['ran'])));
  return cell;
};
