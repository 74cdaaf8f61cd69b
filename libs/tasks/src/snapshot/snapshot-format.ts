import { AppError } from '@precedent/kernel';
import type { EpochMs, Sha256 } from '@precedent/kernel';
import type { WorkflowSpec } from '@precedent/contract-types';
import type { StepLink, StoredRun } from '@precedent/orchestration';
import type { Definition } from '../definition.ts';
import { durableStateOf, isStoredDurableState, storedDurableState } from '../durable-state.ts';
import type { StoredDurableState } from '../durable-state.ts';
import { isIntact } from '../seal.ts';
import type { TaskClass } from '../task-class.ts';
import { TaskRow, sharedProgress } from '../task-row.ts';
import type { TaskRun } from '../task-row.ts';
import type { TaskStateName } from '../task-state.ts';

/** The version of the snapshot's format that this code writes; it reads this one and older ones. */
export const SNAPSHOT_VERSION = 5;

/**
 * A snapshot is a run of entries: begin, rows…, keys…, ids…, deleted… (since version 3), definitions…, runs… (since version 5), end. It is taken
 * while work goes on, so each entry of rows says as of which journal sequence it holds; replay begins at the sequence of `begin` and skips, row by row, what the
 * row has seen already.
 */
export type SnapshotEntry =
  | {
      readonly v: number;
      readonly kind: 'begin';
      readonly asOf: number;
      readonly epoch: number;
      readonly at: EpochMs;
      readonly order: number;
    }
  | {
      readonly v: number;
      readonly kind: 'rows';
      readonly asOf: number;
      readonly classes: readonly TaskClass[];
      readonly rows: readonly RowTuple[];
    }
  | { readonly v: number; readonly kind: 'keys'; readonly keys: readonly (readonly [string, KeyEntry])[] }
  | { readonly v: number; readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly v: number; readonly kind: 'deleted'; readonly tasks: readonly DeletedTask[] }
  | { readonly v: number; readonly kind: 'definitions'; readonly definitions: readonly Definition[] }
  | { readonly v: number; readonly kind: 'limits'; readonly times: readonly LimitTimesTuple[] }
  | {
      readonly v: number;
      readonly kind: 'runs';
      readonly asOf: number;
      readonly definitions: readonly WorkflowSpec[];
      readonly runs: readonly StoredRunEntry[];
    }
  | { readonly v: number; readonly kind: 'end'; readonly entries: number };

/** A task that was deleted: nothing else of it is kept. */
export type DeletedTask = readonly [id: string, namespace: string, at: EpochMs];

/** Until when the starts of a key of a limit are booked by its rate. */
export type LimitTimesTuple = readonly [limit: string, key: string, bookedUntil: number];

/** The task that took an idempotency key. */
export interface KeyEntry {
  readonly id: string;
  /** `keyDigestOf` the task; a number where an older version accepted it. */
  readonly hash: string | number;
  readonly at: EpochMs;
}

/** A run, with the index of its definition in the entry. */
export type StoredRunEntry = readonly [id: string, definition: number, run: Omit<StoredRun, 'definition'>];

type RowTuple = readonly [
  id: string,
  classIndex: number,
  body: unknown,
  order: number,
  submittedAt: EpochMs,
  expiresAt: EpochMs,
  key: string | null,
  state: TaskStateName,
  attempt: number,
  retries: number,
  losses: number,
  epoch: number,
  run: TaskRun,
  durable: StoredDurableState,
  digest?: string | null,
  step?: StepLink,
];

/** One entry of rows in the making. The bodies are JSON already and are copied as they are. */
export class RowsWriter {
  readonly #classes = new Map<TaskClass, number>();
  readonly #classTexts: string[] = [];
  readonly #rows: string[] = [];
  #bytes = 0;

  get count(): number {
    return this.#rows.length;
  }

  /** `false`, and the row is not in it, when it would make more than `bytesMax` of what is not empty. */
  add(row: TaskRow, bytesMax: number): boolean {
    const text = encodeRow(row, this.#classIndex(row.class));
    const bytes = Buffer.byteLength(text);
    if (this.#rows.length > 0 && this.#bytes + bytes > bytesMax) return false;
    this.#rows.push(text);
    this.#bytes += bytes;
    return true;
  }

  /** `asOf`: the sequence of the last journal entry that the rows have seen. */
  finish(asOf: number): string {
    const [classes, rows] = [this.#classTexts.join(','), this.#rows.join(',\n')];
    return `{"v":${SNAPSHOT_VERSION},"kind":"rows","asOf":${asOf},"classes":[${classes}],"rows":[\n${rows}]}`;
  }

  #classIndex(taskClass: TaskClass): number {
    const known = this.#classes.get(taskClass);
    if (known !== undefined) return known;
    const text = JSON.stringify(taskClass);
    this.#bytes += Buffer.byteLength(text);
    this.#classes.set(taskClass, this.#classTexts.length);
    return this.#classTexts.push(text) - 1;
  }
}

/** What most rows of older versions, and tasks that are no steps, do not have. */
const tailOf = ({ digest, step }: TaskRow): string => {
  const link = step === undefined ? '' : `,${JSON.stringify(step)}`;
  if (digest === undefined) return step === undefined ? '' : `,null${link}`;
  return `,"${digest}"${link}`;
};

const encodeRow = (row: TaskRow, classIndex: number): string => {
  const head = `[${JSON.stringify(row.id)},${classIndex},${row.body},${row.order},${row.submittedAt},${row.expiresAt}`;
  const counts = `${row.attempt},${row.retries},${row.losses},${row.epoch}`;
  return `${head},${JSON.stringify(row.key ?? null)},"${row.state}",${counts},${JSON.stringify(row.run)},${JSON.stringify(storedDurableState(row.durable))}${tailOf(row)}]`;
};

export const decodeRow = (tuple: RowTuple, taskClass: TaskClass): TaskRow => {
  const [id, , body, order, at, expiresAt, key, state, attempt, retries, losses, epoch, run, stored] = tuple;
  const [digest, step] = [tuple[DIGEST], tuple[STEP]];
  const row = new TaskRow({
    id,
    class: taskClass,
    body: JSON.stringify(body),
    order,
    at,
    expiresAt,
    key: key ?? undefined,
    digest: digest ?? undefined,
    step,
  });
  row.state = state;
  row.progress = sharedProgress({ attempt, retries, losses, epoch, run, durable: durableStateOf(stored) });
  return row;
};

/** Reads one entry, and checks its seal. Throws JOURNAL_CORRUPT with the sequence in `details`, or DATA_TOO_NEW. */
export const readSnapshotEntry = (text: string, seq: number, sha256?: Sha256): SnapshotEntry => {
  const entry = parse(text, seq);
  if (typeof entry !== 'object' || entry === null || !('v' in entry))
    throw corrupt(seq, 'is no snapshot entry');
  const { v } = entry;
  if (typeof v === 'number' && v > SNAPSHOT_VERSION) {
    const message = `snapshot entry ${seq} has version ${v}, this engine reads up to ${SNAPSHOT_VERSION}`;
    throw new AppError('DATA_TOO_NEW', message, { details: { seq } });
  }
  if (sha256 && !isIntact(text, sha256, true))
    throw corrupt(seq, 'was changed: it does not have its SHA-256');
  if (!isWhole(entry as Partial<Fields>)) throw corrupt(seq, 'is no snapshot entry');
  return entry as SnapshotEntry;
};

const parse = (text: string, seq: number): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt(seq, 'is not JSON', cause);
  }
};

type Fields = Record<'kind' | 'asOf' | 'epoch' | 'at' | 'order' | 'entries', unknown> &
  Record<'classes' | 'rows' | 'keys' | 'ids' | 'tasks' | 'definitions' | 'times' | 'runs', unknown>;

/** Has what is read of it; values in a row are as its engine wrote them. */
const isWhole = (entry: Partial<Fields>): boolean => {
  const { kind, asOf, epoch, at, order, entries, classes, rows } = entry;
  if (kind === 'begin') return [asOf, epoch, at, order].every(Number.isInteger);
  if (kind === 'end') return Number.isInteger(entries);
  if (kind === 'keys') return Array.isArray(entry.keys);
  if (kind === 'ids') return Array.isArray(entry.ids);
  if (kind === 'deleted') return Array.isArray(entry.tasks);
  if (kind === 'definitions') return Array.isArray(entry.definitions);
  if (kind === 'limits') return Array.isArray(entry.times);
  if (kind === 'runs')
    return Number.isInteger(asOf) && Array.isArray(entry.definitions) && Array.isArray(entry.runs);
  if (kind !== 'rows' || !Array.isArray(classes) || !Array.isArray(rows)) return false;
  return Number.isInteger(asOf) && rows.every((row) => isRow(row, classes.length));
};

/** Where the durable state of a task is in its row, and what is behind it. */
const DURABLE_STATE = 13;
const DIGEST = 14;
const STEP = 15;

const isRow = (row: unknown, classes: number): boolean => {
  if (!Array.isArray(row)) return false;
  const [id, index] = row as unknown[];
  const isOfClass = Number.isInteger(index) && Number(index) >= 0 && Number(index) < classes;
  return typeof id === 'string' && isOfClass && isStoredDurableState(row[DURABLE_STATE]);
};

const corrupt = (seq: number, fact: string, cause?: unknown): AppError =>
  new AppError('JOURNAL_CORRUPT', `snapshot entry ${seq} ${fact}`, {
    details: { seq },
    ...(cause !== undefined && { cause }),
  });
