import { AppError, isAppError } from '@precedent/kernel';
import { EntryChain, EnvelopeWriter, SnapshotScan, decodeRow, isSettled, seal } from '@precedent/tasks';
import type { DeletedRecord, JournalRecord, SnapshotEntry, TaskRow } from '@precedent/tasks';
import { sha256 } from '@precedent/ports';
import type { AppendLog, LogEntry } from '@precedent/ports';
import { obsoleteBlobs } from '../workers/obsolete-blobs.ts';
import { CellState } from '../cell/cell-state.ts';
import type { CellOptions, CellPorts } from '../options.ts';
import { rejectedClass } from '../submissions/rejected-class.ts';
import type { TakenSnapshot } from '../journal/snapshotter.ts';
import { keyHashOf } from '../submissions/submissions.ts';

/** The state of a cell, from its latest snapshot and its journal. */
export interface Recovered {
  readonly state: CellState;
  readonly epoch: number;
  readonly seq: number;
  /** Of the entry with that sequence. */
  readonly link: string;
  readonly entries: number;
  /** The snapshot that the recovery started from. */
  readonly snapshot: TakenSnapshot | undefined;
  /** Journal entries that no engine appended. */
  readonly voidEntries: number;
  /** What became superfluous since the snapshot, and was possibly not removed: output of deleted tasks, blobs of checkpoints. */
  readonly leftovers: { readonly deleted: readonly string[]; readonly blobs: readonly string[] };
}

/** Reads the latest snapshot, folds the journal behind it, and appends the epoch of this engine, which is the writer from then on. */
export const recover = async (options: CellOptions, ports: CellPorts): Promise<Recovered> => {
  const replay = await latestSnapshot(options, ports);
  await replay.catchUp(ports.journal);
  await replay.findLink(ports.journal);
  await claimEpoch(options, ports, replay);
  const { state, epoch, seq, link, entries, snapshot, leftovers, voidEntries } = replay;
  if (snapshot) state.table.sortRecent();
  state.runs.recovered();
  return { state, epoch, seq, link, entries, snapshot, leftovers, voidEntries };
};

/** The state at the last snapshot that is complete and can be read; an empty one when there is none. */
const latestSnapshot = async (
  options: CellOptions,
  { snapshots, telemetry }: Pick<CellPorts, 'snapshots' | 'telemetry'>,
): Promise<Replay> => {
  let complete = new Replay(options);
  let current: Replay | undefined;
  const scan = new SnapshotScan(sha256);
  for await (const each of snapshots.read(0)) {
    const entry = scan.take(each);
    if (entry?.kind === 'begin') current = new Replay(options, { ...entry, beginSeq: each.seq });
    else if (entry?.kind === 'end') complete = current ?? complete;
    else if (entry) current?.load(entry);
  }
  if (scan.problem) telemetry.emit({ name: 'snapshot.unreadable', problem: scan.problem });
  return complete;
};

/**
 * Appends the new epoch until as many of its entries are in a row as the engine before may have unacknowledged. An append of the old
 * engine could be accepted once, because the count of entries matches the sequence that it expects. Every reader ignores it, because its
 * epoch is older, but it must not follow our first real entry.
 */
const claimEpoch = async (options: CellOptions, ports: CellPorts, replay: Replay): Promise<void> => {
  const epoch = replay.epoch + 1;
  let begun = false;
  let inARow = 0;
  while (inARow < options.journal.inFlightMax) {
    const writer = new EnvelopeWriter();
    const at = ports.clock.now();
    writer.add({ kind: 'epoch', at, epoch, owner: options.owner });
    const { text } = seal(writer.finish(epoch, at, replay.link), sha256);
    try {
      const seq = await ports.journal.append(text, replay.seq);
      // From here on an entry of an older epoch is void, for this engine as for every other reader.
      replay.appended({ seq, text });
      begun = true;
      inARow++;
    } catch (error) {
      if (!isAppError(error) || error.code !== 'JOURNAL_FENCED') throw error;
      inARow = 0;
      await replay.catchUp(ports.journal);
      // An epoch has one owner: the second engine that claims the same number has lost it, not only one that claims a lower number.
      const isTaken = replay.epoch > epoch || (replay.epoch === epoch && !begun);
      if (isTaken)
        throw new AppError('JOURNAL_FENCED', `epoch ${replay.epoch} has begun while claiming ${epoch}`);
    }
  }
};

/** Folds a snapshot and journal entries into a state. */
class Replay {
  readonly state: CellState;
  readonly snapshot: TakenSnapshot | undefined;
  readonly #options: CellOptions;
  /** The journal sequence up to which a row from the snapshot is current. */
  readonly #asOf = new Map<TaskRow, number>();
  readonly leftovers = { deleted: [] as string[], blobs: [] as string[] };
  readonly #chain: EntryChain;
  seq: number;
  entries = 0;
  voidEntries = 0;

  constructor(options: CellOptions, begin?: Extract<SnapshotEntry, { kind: 'begin' }> & TakenSnapshot) {
    this.#options = options;
    this.state = new CellState(options);
    this.snapshot = begin;
    this.seq = begin?.asOf ?? 0;
    this.#chain = new EntryChain(sha256, begin?.epoch);
    this.state.table.startOrder(begin?.order ?? 0);
  }

  get epoch(): number {
    return this.#chain.epoch;
  }
  get link(): string {
    return this.#chain.link;
  }

  /** This engine has appended an entry. */
  appended(entry: Pick<LogEntry, 'seq' | 'text'>): void {
    this.#chain.take(entry);
    this.seq = entry.seq;
  }

  /** Where no entry is behind the snapshot, the next one follows the last one in it. */
  async findLink(log: AppendLog): Promise<void> {
    if (this.link !== '' || this.seq === 0) return;
    for await (const entry of log.read(this.seq - 1))
      if (entry.seq === this.seq) this.#chain.startBehind(entry);
  }

  load(entry: Exclude<SnapshotEntry, { kind: 'begin' | 'end' }>): void {
    const { table, keys, classes } = this.state;
    if (entry.kind === 'keys') for (const [name, key] of entry.keys) keys.restore(name, key);
    else if (entry.kind === 'ids') for (const id of entry.ids) table.rememberId(id);
    else if (entry.kind === 'limits') for (const times of entry.times) this.state.limitTimes.restore(times);
    else if (entry.kind === 'deleted') for (const task of entry.tasks) this.state.deleted.add(task);
    else if (entry.kind === 'definitions')
      for (const definition of entry.definitions) this.state.definitions.restore(definition);
    else if (entry.kind === 'runs') this.state.runs.load(entry);
    else {
      for (const tuple of entry.rows) {
        const taskClass = entry.classes[tuple[1]];
        if (taskClass) this.#asOf.set(table.insert(decodeRow(tuple, classes.intern(taskClass))), entry.asOf);
      }
    }
  }

  /** Folds the entries behind `seq` until there are no more. Throws JOURNAL_CORRUPT for a gap, which no snapshot covers. */
  async catchUp(log: AppendLog): Promise<void> {
    for (let before = -1; this.seq !== (await log.last()); before = this.seq) {
      if (this.seq === before) throw missing(this.seq + 1);
      for await (const entry of log.read(this.seq)) this.#foldEntry(entry);
    }
  }

  #foldEntry(entry: LogEntry): void {
    const { seq } = entry;
    if (seq !== this.seq + 1) throw missing(this.seq + 1);
    // What does not count was written by an engine that had been succeeded, and never acknowledged: no reader may use it.
    for (const record of this.#chain.take(entry)?.records ?? []) this.#foldRecord(record, seq);
    this.seq = seq;
    this.entries++;
    if (entry.isVoid) this.voidEntries++;
  }

  #foldRecord(record: JournalRecord, seq: number): void {
    const { table } = this.state;
    // Decisions only explain: what followed from them has its own records.
    if (record.kind === 'epoch' || record.kind === 'decided') return;
    if (record.kind === 'definition') return this.state.definitions.apply(record);
    if (record.kind === 'leased') this.state.limitTimes.fold(record);
    const row = table.get(record.id);
    this.state.runs.replaying(seq);
    if (record.kind === 'run') return this.state.runs.apply(record, row);
    if (record.kind === 'deleted') return this.#delete(record, row, seq);
    if (record.kind === 'submitted' || record.kind === 'rejected') {
      if (row === undefined) this.#insert(record);
    } else if (row === undefined) {
      // The task was settled and forgotten before its part of the snapshot was written.
      if (record.kind === 'settled') table.rememberId(record.id);
    } else if ((this.#asOf.get(row) ?? 0) < seq && !isSettled(row.state)) {
      const { durable } = row;
      table.apply(row, record);
      this.leftovers.blobs.push(...obsoleteBlobs(durable, row));
    }
  }

  #delete(record: DeletedRecord, row: TaskRow | undefined, seq: number): void {
    // A task was submitted again under the same id before its part of the snapshot was written.
    if (row && (this.#asOf.get(row) ?? 0) >= seq) return;
    this.state.delete(record);
    if (row) this.leftovers.deleted.push(record.id);
  }

  #insert(record: Extract<JournalRecord, { kind: 'submitted' | 'rejected' }>): void {
    const { table, keys, classes, deleted } = this.state;
    deleted.forget(record.id);
    if (record.kind === 'rejected') {
      const { id, at, error } = record;
      const taskClass = classes.intern(rejectedClass(record, this.#options.defaults));
      table.insertRejected({ id, class: taskClass, body: '{}', at }, (row) => {
        row.progress = { ...row.progress, run: { settledAt: at, error } };
      });
      return;
    }
    const submitted = { ...record, class: classes.intern(record.class) };
    table.insertSubmitted(submitted);
    if (submitted.key === undefined) return;
    keys.set(submitted.class.namespace, submitted.key, {
      id: record.id,
      hash: keyHashOf(submitted),
      at: record.at,
    });
  }
}

const missing = (seq: number): AppError =>
  new AppError('JOURNAL_CORRUPT', `journal entry ${seq} is missing`, {
    details: { seq },
  });
