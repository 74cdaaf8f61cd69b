import type { BandStatus, LeaseRef, Verdict } from '@precedent/contract-types';
import { BANDS, ChurnMap } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { applyRecord, isLeased, isRunOfWorkflow, isSettled, TaskRow } from '@precedent/tasks';
import type {
  ChangeRecord,
  SubmittedRecord,
  TaskClass,
  TaskRowFields,
  TaskStateName,
} from '@precedent/tasks';
import { KindCounts } from './kind-counts.ts';
import { RecentIds } from './recent-ids.ts';
import type { RunTable } from '../runs/run-table.ts';

export interface RecentLimits {
  readonly maxTasks: number;
  readonly maxBytes: number;
  /** Ids of settled tasks that are still recognised as known. */
  readonly maxIds: number;
}

/** A row's own cost in addition to its body: measured, not exact. */
const ROW_BYTES = 320;
export const bytesOf = (row: TaskRow): number => ROW_BYTES + row.body.length;

const settledBytesOf = (row: TaskRow): number => {
  const { result, error } = row.run;
  const outcome = result === undefined && error === undefined ? 0 : JSON.stringify([result, error]).length;
  return bytesOf(row) + outcome;
};

/** States of tasks that neither run nor are in a queue: they wait for a time, or for the slot that they gave up. */
const PAUSED: readonly TaskStateName[] = ['retrying', 'preempted', 'suspended'];

const nothingCounted = () => ({ waiting: 0, queued: 0, queuedBytes: 0, running: 0, retrying: 0 });

interface Recent {
  readonly row: TaskRow;
  readonly bytes: number;
}

/**
 * Every task that is open or was settled recently: the fold of the journal, and nothing else. The same calls rebuild it
 * after a crash.
 */
export class TaskTable {
  readonly rows = new ChurnMap<string, TaskRow>();
  readonly verdicts: Record<Verdict, number> = {
    completed: 0,
    failed: 0,
    cancelled: 0,
    timed_out: 0,
    skipped: 0,
    rejected: 0,
  };
  readonly kinds = new KindCounts();
  readonly #recentIds: RecentIds;
  readonly #limits: RecentLimits;
  readonly #runs: RunTable;
  readonly #counts = new Map<
    Band,
    { waiting: number; queued: number; queuedBytes: number; running: number; retrying: number }
  >();
  #recent: (Recent | undefined)[] = [];
  #recentHead = 0;
  #recentBytes = 0;
  #order = 0;

  constructor(limits: RecentLimits, runs: RunTable) {
    this.#limits = limits;
    this.#runs = runs;
    this.#recentIds = new RecentIds(limits.maxIds);
    for (const band of BANDS) this.#counts.set(band, nothingCounted());
  }

  /** Tasks without a verdict. */
  get open(): number {
    return this.rows.size - (this.#recent.length - this.#recentHead);
  }

  get nextOrder(): number {
    return this.#order;
  }

  /** The next task gets at least this position in the order of submission. */
  startOrder(order: number): void {
    this.#order = Math.max(this.#order, order);
  }

  /** Sorts the recent tasks by the time of their verdicts again: a snapshot holds them in the order of submission. */
  sortRecent(): void {
    const live = this.#recent.slice(this.#recentHead).filter((recent) => recent !== undefined);
    this.#recent = live.sort((a, b) => (a.row.run.settledAt ?? 0) - (b.row.run.settledAt ?? 0));
    this.#recentHead = 0;
  }

  /** How many tasks of the band are in which state. */
  countsOf(band: Band): Readonly<BandStatus> {
    return this.#counts.get(band) as BandStatus;
  }

  get(id: string): TaskRow | undefined {
    return this.rows.get(id);
  }

  /** The task of a lease, if it is the current lease of the task and the session holds it: no other report about the task counts. */
  leaseOf(session: string, lease: LeaseRef): TaskRow | undefined {
    const row = this.#leased(lease);
    return row?.run.session === session ? row : undefined;
  }

  /** The session that holds a lease. */
  holderOf(lease: LeaseRef): string | undefined {
    return this.#leased(lease)?.run.session;
  }

  #leased([id, epoch]: LeaseRef): TaskRow | undefined {
    const row = this.rows.get(id);
    return row && isLeased(row.state) && row.epoch === epoch ? row : undefined;
  }

  /** Whether the task was settled so long ago that only its id is remembered. */
  wasSettled(id: string): boolean {
    return this.#recentIds.has(id);
  }

  /** Whether there is, or was, a task with the id. */
  isKnown(id: string): boolean {
    return this.rows.has(id) || this.wasSettled(id);
  }

  insertSubmitted(record: Omit<SubmittedRecord, 'kind'>): TaskRow {
    const row = this.insert(new TaskRow({ ...record, order: this.#order }));
    if (row.step) this.#runs.started(row);
    return row;
  }

  /** Inserts a row as it is, also one from a snapshot. */
  insert(row: TaskRow): TaskRow {
    this.#order = Math.max(this.#order, row.order + 1);
    this.rows.set(row.id, row);
    this.#count(row, row.class, row.state, 1);
    if (isSettled(row.state)) this.#remember(row);
    return row;
  }

  /** Inserts a task that was never more than an invalid message; it is remembered like any other verdict. */
  insertRejected(fields: Omit<TaskRowFields, 'order'>, apply: (row: TaskRow) => void): TaskRow {
    const row = new TaskRow({ ...fields, order: this.#order });
    row.state = 'rejected';
    apply(row);
    this.verdicts.rejected++;
    return this.insert(row);
  }

  apply(row: TaskRow, record: ChangeRecord): void {
    const { state: before, class: classBefore } = row;
    applyRecord(row, record);
    if (before === row.state && classBefore === row.class) return;
    this.#count(row, classBefore, before, -1);
    this.#count(row, row.class, row.state, 1);
    if (!isSettled(row.state)) return;
    this.verdicts[row.state]++;
    if (row.step) this.#runs.ended(row);
    this.#remember(row);
  }

  /** Removes a settled task. */
  remove(row: TaskRow): void {
    this.rows.delete(row.id);
    this.#forgetRun(row);
    const index = this.#recent.findLastIndex((recent) => recent?.row === row);
    const [recent] = index < 0 ? [] : this.#recent.splice(index, 1);
    this.#recentBytes -= recent?.bytes ?? 0;
  }

  /** The recent tasks, the latest verdict first. */
  *recent(): Generator<TaskRow> {
    for (let index = this.#recent.length - 1; index >= this.#recentHead; index--) {
      const recent = this.#recent[index];
      if (recent) yield recent.row;
    }
  }

  settledIds(): Iterable<string> {
    return this.#recentIds.all();
  }
  rememberId(id: string): void {
    this.#recentIds.add(id);
  }

  #count(row: TaskRow, taskClass: TaskClass, state: TaskStateName, by: 1 | -1): void {
    this.kinds.change(taskClass, state, by);
    const counts = this.#counts.get(taskClass.band);
    if (counts === undefined) return;
    if (state === 'queued') {
      counts.queued += by;
      counts.queuedBytes += by * bytesOf(row);
    } else if (state === 'waiting' || state === 'orchestrating') {
      counts.waiting += by;
      counts.queuedBytes += by * bytesOf(row);
    } else if (PAUSED.includes(state)) counts.retrying += by;
    else if (isLeased(state)) counts.running += by;
  }

  #remember(row: TaskRow): void {
    const bytes = settledBytesOf(row);
    this.#recent.push({ row, bytes });
    this.#recentBytes += bytes;
    while (
      this.#recent.length - this.#recentHead > this.#limits.maxTasks ||
      this.#recentBytes > this.#limits.maxBytes
    ) {
      this.#forgetOldest();
    }
  }

  #forgetRun({ id, class: taskClass }: TaskRow): void {
    if (isRunOfWorkflow(taskClass)) this.#runs.forget(id);
  }

  #forgetOldest(): void {
    const oldest = this.#recent[this.#recentHead];
    this.#recent[this.#recentHead++] = undefined;
    if (this.#recentHead > 1_024 && this.#recentHead * 2 > this.#recent.length) {
      this.#recent = this.#recent.slice(this.#recentHead);
      this.#recentHead = 0;
    }
    if (oldest === undefined) return;
    this.#recentBytes -= oldest.bytes;
    this.rows.delete(oldest.row.id);
    this.#forgetRun(oldest.row);
    this.#recentIds.add(oldest.row.id);
  }
}
