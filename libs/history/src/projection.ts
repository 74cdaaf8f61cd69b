import type { AttemptView, SetAside, TaskEventName } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { setAside } from '@precedent/ports';
import type {
  Announced,
  HistoryChanges,
  HistoryPosition,
  HistoryStore,
  LogEntry,
  TaskEntry,
} from '@precedent/ports';
import {
  NO_ATTEMPT,
  TaskRow,
  admissionOf,
  announcementOf,
  applyRecord,
  attemptAfter,
  begunBy,
  attemptOf,
  isRunOfWorkflow,
  isSettled,
  leaseEndOf,
  ranUntil,
  readEnvelope,
  publicStateOf,
} from '@precedent/tasks';
import type {
  Attempt,
  ChangeRecord,
  DeletedRecord,
  Envelope,
  JournalRecord,
  RejectedRecord,
  SubmittedRecord,
  TaskClass,
} from '@precedent/tasks';
import { decisionOf } from './decision-entry.ts';
import { leanOf, leanStep } from './lean.ts';
import { OpenTasks } from './open-entries.ts';
import type { OpenTask } from './open-entries.ts';
import { noteOf } from './operation-note.ts';
import { isPermanent } from './set-aside.ts';

/** Tasks kept in memory; beyond it they are read from the store again when something happens to them. */
const OPEN_MAX = 100_000;

/** Where bad messages are filed: nothing that they say of themselves can be trusted. */
export interface Defaults {
  readonly namespace: string;
  readonly project: string;
}

/**
 * Folds journal entries into changes of a store, with the fold that the engine itself uses. It looks into the store only for tasks that it
 * does not have in memory; what it has in memory is ahead of the store until the changes are applied.
 */
export class Projection {
  readonly #store: Pick<HistoryStore, 'load' | 'attempts'>;
  readonly #defaults: Defaults;
  readonly #open: OpenTasks;
  #position: HistoryPosition;
  #batch = new Batch();

  constructor(
    store: Pick<HistoryStore, 'load' | 'attempts' | 'position'>,
    defaults: Defaults,
    openMax = OPEN_MAX,
  ) {
    this.#store = store;
    this.#defaults = defaults;
    this.#open = new OpenTasks(openMax);
    this.#position = store.position();
  }

  get position(): HistoryPosition {
    return this.#position;
  }

  /** Records folded and not taken yet. */
  get pending(): number {
    return this.#batch.count;
  }

  /**
   * Folds one entry; one that was folded before is ignored. An entry that cannot be read and a record that cannot be folded are set aside.
   * Throws JOURNAL_GAP when it is not the next one, DATA_TOO_NEW, and HISTORY_UNAVAILABLE.
   */
  fold(entry: LogEntry): void {
    const { seq, at } = entry;
    const { seq: last, epoch } = this.#position;
    if (seq <= last) return;
    if (seq !== last + 1) throw gap(last + 1, seq);
    const envelope = this.#orSetAside(seq, `entry ${seq}`, () => readEnvelope(entry));
    // Written by an engine that had been succeeded already: it was never acknowledged, and no reader may see it.
    if (envelope && envelope.epoch >= epoch) this.#fold(envelope, seq);
    this.#position = { seq, epoch: Math.max(epoch, envelope?.epoch ?? 0), at };
  }

  #orSetAside<T>(seq: number, subject: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!isPermanent(error)) throw error;
      this.#batch.aside.push(setAside({ seq, subject, error }));
      return undefined;
    }
  }

  /** What the entries folded since the last call change. It must be applied, or this projection thrown away. */
  take(): HistoryChanges {
    const batch = this.#batch;
    this.#batch = new Batch();
    this.#open.trim(batch.touched.values());
    return batch.changes(this.#position);
  }

  #fold({ records }: Envelope, seq: number): void {
    for (const [index, record] of records.entries()) {
      const subject = 'id' in record ? `task ${record.id}` : record.kind;
      this.#orSetAside(seq, subject, () => this.#operation(record, seq, index));
    }
  }

  #operation(record: JournalRecord, seq: number, index: number): void {
    const folded = this.#record(record, seq);
    if (folded === 'ignored') return;
    const { task } = folded;
    // Behind the task's own lines, which go: what remains is that there was a deletion.
    const note = noteOf(record);
    this.#batch.operations.push({
      entry: task?.entry,
      announced: announcedOf(folded),
      operation: {
        seq,
        index,
        at: record.at,
        event: record.kind,
        ...(task && { task: task.entry.row.id }),
        ...(note !== undefined && { note }),
      },
    });
  }

  #record(record: JournalRecord, seq: number): Folded | 'ignored' {
    switch (record.kind) {
      case 'epoch':
        this.#batch.count++;
        return {};
      case 'definition':
        // What the engine notes of a definition follows from records that are here already.
        if (record.spec === undefined && record.gone === undefined) return 'ignored';
        this.#batch.count++;
        return {};
      case 'decided': {
        this.#batch.decisions.push(decisionOf(record));
        const task = this.#taskOf(record.id);
        return task ? { task } : 'ignored';
      }
      case 'submitted':
        return this.#submitted(record);
      case 'rejected':
        return this.#rejected(record);
      case 'deleted':
        return this.#deleted(record, seq);
      case 'run': {
        this.#batch.count++;
        const task = this.#taskOf(record.id);
        return task ? { task } : 'ignored';
      }
      case 'kept':
        return this.#changed(leanStep(record), seq);
      default:
        return this.#changed(record, seq);
    }
  }

  #submitted(record: SubmittedRecord): Folded | 'ignored' {
    const known = this.#open.get(record.id);
    // One that came from a snapshot, or an older history, is folded again from its beginning.
    if (known && known.entry.asOf === 0 && !isSettled(known.entry.row.state)) return 'ignored';
    const { name, command, body } = leanOf(record.body);
    const row = new TaskRow({ ...record, body, order: 0 });
    const state = publicStateOf(row);
    const event = admissionOf(row);
    const entry = { row, name, command, state, firstStartedAt: 0, ranMs: 0, asOf: 0 };
    return { task: this.#add(entry), event, row };
  }

  #rejected({ id, at, error, ...of }: RejectedRecord): Folded {
    const row = new TaskRow({ id, at, class: unknownClass(of, this.#defaults), body: '{}', order: 0 });
    row.state = 'rejected';
    row.progress = { ...row.progress, run: { settledAt: at, error } };
    const task = this.#add({
      row,
      name: undefined,
      command: undefined,
      state: 'rejected',
      firstStartedAt: 0,
      ranMs: 0,
      asOf: 0,
    });
    return { task, event: 'rejected', row };
  }

  #add(entry: TaskEntry): OpenTask {
    const task: OpenTask = { entry, attempt: NO_ATTEMPT };
    this.#open.set(task);
    this.#batch.added(task);
    return task;
  }

  #changed(record: ChangeRecord, seq: number): Folded | 'ignored' {
    const task = this.#taskOf(record.id);
    // Its beginning was purged before a history had it: there is nothing to show.
    if (task === undefined) return 'ignored';
    const { row, asOf } = task.entry;
    if (seq <= asOf || isSettled(row.state)) return 'ignored';
    const event = announcementOf(record, {
      state: row.state,
      ahead: task.attempt.ahead,
      isRun: isRunOfWorkflow(row.class),
    });
    this.#apply(task, record);
    this.#batch.changed(task);
    return { task, event, row };
  }

  #deleted({ id, namespace }: DeletedRecord, seq: number): Folded | 'ignored' {
    const { row, asOf } = this.#taskOf(id)?.entry ?? {};
    if (row?.class.namespace !== namespace || seq <= (asOf ?? 0)) return 'ignored';
    this.#open.delete(id);
    this.#batch.removed(id);
    return { event: 'deleted', row };
  }

  #apply(task: OpenTask, record: ChangeRecord): void {
    const { entry } = task;
    const { at } = record;
    const before = begunBy(task.attempt, record);
    task.attempt = attemptAfter(before, record);
    applyRecord(entry.row, record);
    entry.state = publicStateOf(entry.row);
    if (task.attempt.runningSince === undefined) entry.ranMs += ranUntil(before, at) - before.ranMs;
    // A lease that was assigned ahead begins when a record says so.
    const startedAt = task.attempt.runningSince ?? before.runningSince;
    if (entry.firstStartedAt === 0 && startedAt !== undefined) entry.firstStartedAt = startedAt;
    if (record.kind === 'leased') this.#batch.attempt(task, leaseOf(task.attempt));
    const isOver = before.outcome === undefined && task.attempt.outcome !== undefined;
    if (isOver) this.#batch.attempt(task, { ...leaseOf(before), endedAt: at, ...leaseEndOf(record) });
  }

  #taskOf(id: string): OpenTask | undefined {
    const known = this.#open.get(id);
    if (known) return known;
    const entry = this.#store.load(id);
    if (entry === undefined) return undefined;
    const { thaws = 0, startedAt, ahead } = entry.row.run;
    // The run has the time of the last resume; the beginning of the lease stands with the lease.
    const leasedAt = thaws > 0 || ahead ? this.#store.attempts(id).at(-1)?.startedAt : startedAt;
    const task: OpenTask = { entry, attempt: attemptOf(entry.row, leasedAt) };
    this.#open.set(task);
    return task;
  }
}

/** What a record changed. */
interface Folded {
  /** Absent where no task of the store is concerned. */
  readonly task?: OpenTask;
  readonly event?: TaskEventName | undefined;
  /** Of the task that the event is about. */
  readonly row?: TaskRow;
}

/** The row as it is after the record, because later ones change it. */
const announcedOf = ({ event, row }: Folded): Announced | undefined => {
  if (event === undefined || row === undefined) return undefined;
  const { class: taskClass, epoch, attempt, retries, run } = row;
  return { event, class: taskClass, epoch, attempt, retries, dueAt: run.dueAt };
};

/** The lease that the task has, or had last. */
const leaseOf = ({ epoch, attempt, worker = '', leasedAt = 0 }: Attempt): AttemptView => ({
  epoch,
  attempt,
  worker,
  startedAt: leasedAt,
});

/** What some entries change, each task once. */
class Batch {
  readonly touched = new Map<string, OpenTask>();
  operations: HistoryChanges['operations'][number][] = [];
  decisions: HistoryChanges['decisions'][number][] = [];
  readonly aside: SetAside[] = [];
  readonly #removed = new Set<string>();
  readonly #added = new Map<string, TaskEntry>();
  readonly #changed = new Map<string, TaskEntry>();
  readonly #attempts = new Map<string, HistoryChanges['attempts'][number]>();
  count = 0;

  added(task: OpenTask): void {
    this.count++;
    const { id } = task.entry.row;
    if (this.touched.has(id)) this.#forget(id);
    this.touched.set(id, task);
    this.#added.set(id, task.entry);
  }

  /** An earlier task of the same id is replaced before it was stored. */
  #forget(id: string): void {
    this.#changed.delete(id);
    for (const [key, { entry }] of this.#attempts) if (entry.row.id === id) this.#attempts.delete(key);
  }

  /** What this batch says of it goes as well. */
  removed(id: string): void {
    this.count++;
    this.#forget(id);
    this.touched.delete(id);
    this.#added.delete(id);
    this.#removed.add(id);
    this.operations = this.operations.filter(({ entry }) => entry?.row.id !== id);
    this.decisions = this.decisions.filter(({ task }) => task !== id);
  }

  changed(task: OpenTask): void {
    this.count++;
    const { id } = task.entry.row;
    this.touched.set(id, task);
    if (!this.#added.has(id)) this.#changed.set(id, task.entry);
  }

  attempt({ entry }: OpenTask, attempt: AttemptView): void {
    this.#attempts.set(`${entry.row.id} ${attempt.epoch}`, { entry, attempt });
  }

  changes(position: HistoryPosition): HistoryChanges {
    return {
      position,
      removed: [...this.#removed],
      added: [...this.#added.values()],
      changed: [...this.#changed.values()],
      attempts: [...this.#attempts.values()],
      operations: this.operations,
      decisions: this.decisions,
      aside: this.aside,
    };
  }
}

const unknownClass = (
  { band, namespace }: Pick<RejectedRecord, 'band' | 'namespace'>,
  defaults: Defaults,
): TaskClass => ({
  namespace: namespace ?? defaults.namespace,
  project: defaults.project,
  type: 'unknown',
  band,
  pool: 'default',
  labels: {},
  resources: {},
  timeouts: { queue: 0, attempt: 0, total: 0, heartbeat: 0, grace: 0 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
});

const gap = (expected: number, seq: number): AppError =>
  new AppError('JOURNAL_GAP', `journal entry ${expected} is missing, the next one is ${seq}`, {
    details: { expected, seq },
  });
