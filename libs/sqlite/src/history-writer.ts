import type { AttemptView, DecisionView } from '@precedent/contract-types';
import type { StatementSync } from 'node:sqlite';
import type { HistoryChanges, HistoryPosition, TaskEntry } from '@precedent/ports';
import type { TaskClass, TaskRow } from '@precedent/tasks';
import type { ClassTable } from './class-table.ts';
import {
  CHANGING_COLUMNS,
  ENTRY_COLUMNS,
  changingValues,
  fixedValues,
  labelKey,
  searchTextsOf,
} from './entry-columns.ts';
import type { Columns } from './entry-columns.ts';
import { addSetAside } from './set-aside-table.ts';
import { feedText } from './feed-query.ts';
import { OPERATIONS_PER_ENTRY } from './operation-keys.ts';
import type { Statements } from './statements.ts';
import { COUNTED_COLUMNS, countedEntry, countedOf } from './task-counts.ts';
import type { CountedTask, TaskCounts } from './task-counts.ts';

/** Where a task is in the file, which error its words have, and what the file has of it for the statistics. */
interface Place {
  readonly row: number;
  error: string;
  counted: CountedTask;
  /** As the file has it; `undefined` where that was not read. */
  class: TaskClass | undefined;
}

const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

const ALL_COLUMNS = ['row', ...ENTRY_COLUMNS, ...CHANGING_COLUMNS];
const INSERT = `INSERT INTO tasks (${ALL_COLUMNS.join(', ')}) VALUES (${marks(ALL_COLUMNS.length)})`;
const UPDATE = `UPDATE tasks SET ${CHANGING_COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE row = ?`;
const RECLASS = 'UPDATE tasks SET class = ?, kind = ?, band = ? WHERE row = ?';
/** Replaces the words of a row. */
export const WORDS =
  'INSERT OR REPLACE INTO words (rowid, name, type, command, error, labels) VALUES (?, ?, ?, ?, ?, ?)';
const ATTEMPT = `INSERT OR REPLACE INTO attempts
  (row, epoch, attempt, worker, started_at, ended_at, outcome, victim_end, error) VALUES (${marks(9)})`;
/** One that is there already came from an older history, and is the same. REPLACE would cost half as much again. */
const OPERATION =
  'INSERT OR IGNORE INTO operations (op, row, at, event, note, kind, feed) VALUES (?, ?, ?, ?, ?, ?, ?)';
const DECISION = `INSERT OR REPLACE INTO decisions (id, at, task, outcome, explanation, record) VALUES (${marks(6)})`;
const PARTY = 'INSERT OR IGNORE INTO parties (task, at, decision) VALUES (?, ?, ?)';
const DELETE_DECISIONS =
  'DELETE FROM decisions WHERE id IN (SELECT decision FROM parties WHERE task = ?) AND task = ?';
/** Rows of their victims lead nowhere now, and go with their age. */
const DELETE_PARTIES =
  'DELETE FROM parties WHERE task = ? AND NOT EXISTS (SELECT 1 FROM decisions WHERE id = parties.decision)';
const PLACE = 'UPDATE place SET seq = ?, epoch = ?, at = ? WHERE one = 1';
const WHOLE_FROM = 'UPDATE place SET whole_from = max(whole_from, ?) WHERE one = 1';

/** Writes changes, many in one transaction. */
export class HistoryWriter {
  readonly #statements: Statements;
  readonly #classes: ClassTable;
  readonly #counts: TaskCounts;
  #places = new WeakMap<TaskRow, Place>();
  #nextRow: number;

  constructor(statements: Statements, classes: ClassTable, counts: TaskCounts) {
    this.#statements = statements;
    this.#classes = classes;
    this.#counts = counts;
    this.#nextRow = this.#lastRow() + 1;
  }

  /** Tells where an entry is that was just read from these columns, so that it is not looked up again. */
  know(entry: TaskEntry, columns: Columns): void {
    this.#place(entry, Number(columns['row']), countedOf(columns)).class = entry.row.class;
  }

  /** Looks again which row is the last: others may have been written past this one. */
  renumber(): void {
    this.#classes.forget();
    this.#nextRow = this.#lastRow() + 1;
  }

  apply(changes: HistoryChanges): void {
    try {
      this.#statements.atOnce(() => this.#write(changes));
    } catch (error) {
      this.#places = new WeakMap();
      this.#counts.reset();
      this.renumber();
      throw error;
    }
  }

  /** Removes rows with all that hangs on them, as one transaction with `more`. */
  remove(rows: readonly number[], more?: () => void): void {
    try {
      this.#statements.atOnce(() => {
        this.#remove(rows);
        this.#counts.flush();
        more?.();
      });
    } catch (error) {
      this.#counts.reset();
      throw error;
    }
  }

  #remove(rows: readonly number[]): void {
    const counted = this.#statements.of(`SELECT ${COUNTED_COLUMNS} FROM tasks WHERE row = ?`);
    const deletes = ['tasks', 'attempts', 'operations', 'labels'].map((table) =>
      this.#statements.of(`DELETE FROM ${table} WHERE row = ?`),
    );
    const words = this.#statements.of('DELETE FROM words WHERE rowid = ?');
    for (const row of rows) {
      const columns = counted.get(row);
      if (columns) this.#counts.change(row, countedOf(columns), undefined);
      for (const remove of deletes) remove.run(row);
      words.run(row);
    }
  }

  #write(changes: HistoryChanges): void {
    const { removed, added, changed, attempts, operations, decisions, position, aside = [] } = changes;
    for (const id of removed) this.#delete(id);
    this.#add(added);
    this.#change(changed);
    const attempt = this.#statements.of(ATTEMPT);
    for (const { entry, attempt: facts } of attempts) this.#attempt(attempt, entry, facts);
    const operation = this.#statements.of(OPERATION);
    for (const facts of operations) this.#operation(operation, facts);
    for (const decision of decisions) this.#decide(decision);
    addSetAside(this.#statements.db, aside);
    this.#moveTo(position);
    if (changes.wholeFrom !== undefined) this.wholeFrom(changes.wholeFrom * OPERATIONS_PER_ENTRY);
    this.#counts.flush(position.seq);
  }

  /** The task with the decisions about it. Where it was a victim, the decision explains another task, and stays. */
  #delete(id: string): void {
    const found = this.#statements.of('SELECT row FROM tasks WHERE id = ?').get(id);
    if (found) this.#remove([Number(found['row'])]);
    this.#statements.of(DELETE_DECISIONS).run(id, id);
    this.#statements.of(DELETE_PARTIES).run(id);
  }

  #moveTo({ seq, epoch, at }: HistoryPosition): void {
    this.#statements.of(PLACE).run(seq, epoch, at);
  }

  #add(entries: readonly TaskEntry[]): void {
    const insert = this.#statements.of(INSERT);
    const words = this.#statements.of(WORDS);
    const sameId = this.#statements.of('SELECT row FROM tasks WHERE id = ?');
    for (const entry of entries) {
      const old = sameId.get(entry.row.id);
      if (old) this.#remove([Number(old['row'])]);
      const row = this.#nextRow++;
      const numbers = this.#classes.numbersOf(entry.row.class);
      insert.run(row, ...fixedValues(entry, numbers), ...changingValues(entry));
      words.run(row, ...searchTextsOf(entry));
      this.#label(entry, row);
      const place = this.#place(entry, row, countedEntry(entry, numbers.kind));
      place.class = entry.row.class;
      this.#counts.change(row, undefined, place.counted);
    }
  }

  #label({ row: { class: taskClass } }: TaskEntry, row: number): void {
    for (const [name, value] of Object.entries(taskClass.labels)) {
      this.#statements
        .of('INSERT OR IGNORE INTO labels (label, row) VALUES (?, ?)')
        .run(labelKey(name, value), row);
    }
  }

  #change(entries: readonly TaskEntry[]): void {
    const update = this.#statements.of(UPDATE);
    for (const entry of entries) {
      const place = this.#placeOf(entry);
      if (place === undefined) continue;
      update.run(...changingValues(entry), place.row);
      const counted = countedEntry(entry, this.#kindOf(entry, place));
      this.#counts.change(place.row, place.counted, counted);
      place.counted = counted;
      const error = entry.row.run.error?.message ?? '';
      // Words of an error that was overcome stay: a user may search for them.
      if (error === '' || error === place.error) continue;
      place.error = error;
      this.#statements.of(WORDS).run(place.row, ...searchTextsOf(entry));
    }
  }

  /** The number of its kind. A task that was moved to another band is of another class. */
  #kindOf({ row: { class: taskClass } }: TaskEntry, place: Place): number {
    if (place.class === taskClass) return place.counted.kind;
    const numbers = this.#classes.numbersOf(taskClass);
    this.#statements.of(RECLASS).run(numbers.class, numbers.kind, taskClass.band, place.row);
    place.class = taskClass;
    return numbers.kind;
  }

  #attempt(insert: StatementSync, entry: TaskEntry, attempt: AttemptView): void {
    const place = this.#placeOf(entry);
    if (place === undefined) return;
    const { epoch, worker, startedAt, endedAt, outcome, end, error } = attempt;
    const errorText = error === undefined ? null : JSON.stringify(error);
    insert.run(
      place.row,
      epoch,
      attempt.attempt,
      worker,
      startedAt,
      endedAt ?? null,
      outcome ?? null,
      end ?? null,
      errorText,
    );
  }

  #operation(
    insert: StatementSync,
    { entry, operation, announced }: HistoryChanges['operations'][number],
  ): void {
    const row = entry === undefined ? null : (this.#placeOf(entry)?.row ?? null);
    const { seq, index, at, event, note } = operation;
    const kind = announced ? this.#classes.numbersOf(announced.class).kind : null;
    const feed = announced ? feedText(announced) : null;
    insert.run(seq * OPERATIONS_PER_ENTRY + index, row, at, event, note ?? null, kind, feed);
  }

  /** Events before this row of operations are not all there. */
  wholeFrom(op: number): void {
    this.#statements.of(WHOLE_FROM).run(op);
  }

  #decide({ id, at, task, outcome, victims, explanation, record }: DecisionView): void {
    this.#statements.of(DECISION).run(id, at, task, outcome, explanation, JSON.stringify(record));
    for (const party of new Set([task, ...victims])) this.#statements.of(PARTY).run(party, at, id);
  }

  #placeOf(entry: TaskEntry): Place | undefined {
    const known = this.#places.get(entry.row);
    if (known) return known;
    const sql = `SELECT row, ${COUNTED_COLUMNS} FROM tasks WHERE id = ?`;
    const found = this.#statements.of(sql).get(entry.row.id);
    return found && this.#place(entry, Number(found['row']), countedOf(found));
  }

  #place(entry: TaskEntry, row: number, counted: CountedTask): Place {
    const place: Place = { row, error: entry.row.run.error?.message ?? '', counted, class: undefined };
    this.#places.set(entry.row, place);
    return place;
  }

  #lastRow(): number {
    return Number(this.#statements.of('SELECT max(row) AS last FROM tasks').get()?.['last'] ?? 0);
  }
}
