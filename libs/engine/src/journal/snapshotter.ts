import { AppError, problemOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import { DefinitionsWriter, RowsWriter, RunsWriter, SNAPSHOT_VERSION, seal } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

const ROWS_PER_ENTRY = 500;
/** So many of the longest keys fit into one entry, with any characters. */
const KEYS_PER_ENTRY = 500;
const IDS_PER_ENTRY = 5_000;
/** A larger row, of a task with a large checkpoint or many rollback actions, gets an entry of its own. */
const BYTES_PER_ENTRY = 256 * 1024;

/** A complete snapshot. */
export interface TakenSnapshot {
  readonly at: EpochMs;
  readonly asOf: number;
  /** The sequence of its first entry. */
  readonly beginSeq: number;
}

export type SnapshotterParts = Pick<
  BaseParts,
  'clock' | 'telemetry' | 'snapshots' | 'journal' | 'options' | 'state' | 'outbox' | 'epoch'
>;

/**
 * Writes snapshots while work goes on, one at a time, and purges what they make superfluous. The snapshot before the latest one stays, with
 * the journal behind it, in case the latest one cannot be read.
 */
export class Snapshotter {
  readonly #parts: SnapshotterParts;
  /** The oldest first. The latest two are stored; the earlier ones say how far the journal may be purged. */
  readonly #taken: TakenSnapshot[];
  #recordsAtLast = 0;
  #running: Promise<void> | undefined;

  constructor(parts: SnapshotterParts, latest: TakenSnapshot | undefined) {
    this.#parts = parts;
    this.#taken = latest ? [latest] : [];
  }

  /** Starts a snapshot when enough was recorded since the last one. */
  takeIfDue(): void {
    const { outbox, state, options } = this.#parts;
    const since = outbox.recordsDurable - this.#recordsAtLast;
    if (since < Math.max(options.journal.snapshotEvery, state.table.rows.size)) return;
    void this.take();
  }

  /** Takes a snapshot now, or joins the one that is being taken. Never rejects: a failure is emitted, and the next one is due later. */
  take(): Promise<void> {
    this.#running ??= this.#write()
      .catch((error: unknown) =>
        this.#parts.telemetry.emit({ name: 'snapshot.failed', problem: problemOf(error) }),
      )
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #write(): Promise<void> {
    const { outbox, clock, telemetry, snapshots } = this.#parts;
    const startedAt = clock.now();
    this.#recordsAtLast = outbox.recordsDurable;
    const writer = new SnapshotWriter(this.#parts);
    await writer.write(startedAt);
    await snapshots.purge((this.#taken.at(-1)?.beginSeq ?? writer.beginSeq) - 1);
    this.#taken.push({ at: startedAt, asOf: writer.asOf, beginSeq: writer.beginSeq });
    await this.#purgeJournal(startedAt);
    const { tasks, entries, asOf } = writer;
    telemetry.emit({
      name: 'snapshot.written',
      tasks,
      entries,
      ms: clock.now() - startedAt,
      asOf,
    });
  }

  /** Purges the journal up to the newest snapshot that is older than its retention; never up to the latest snapshot. */
  async #purgeJournal(now: EpochMs): Promise<void> {
    const before = now - this.#parts.options.journal.retentionMs;
    const old = this.#taken.slice(0, -1).filter(({ at }) => at <= before);
    const newest = old[old.length - 1];
    if (newest === undefined) return;
    this.#taken.splice(0, old.length - 1);
    await this.#parts.journal.purge(newest.asOf);
  }
}

/** Writes one snapshot. */
class SnapshotWriter {
  readonly #parts: SnapshotterParts;
  beginSeq = 0;
  asOf = 0;
  tasks = 0;
  entries = 0;
  #seq = 0;
  readonly #voidEntries: number;

  constructor(parts: SnapshotterParts) {
    this.#parts = parts;
    this.#voidEntries = parts.outbox.voidEntries;
  }

  async write(at: EpochMs): Promise<void> {
    this.#seq = await this.#parts.snapshots.last();
    this.beginSeq = this.#seq + 1;
    // The first entry waits for this barrier, so an engine that was succeeded without knowing it stops here. One that is succeeded later
    // is refused by the log of snapshots, whose last sequence was read before. Otherwise an old state could replace a newer one, behind
    // which the journal is purged.
    this.#parts.outbox.recordOwnershipBarrier();
    const { epoch, state, outbox } = this.#parts;
    const { table, keys, deleted } = state;
    const order = table.nextOrder;
    this.asOf = outbox.seal();
    await this.#append({ v: SNAPSHOT_VERSION, kind: 'begin', asOf: this.asOf, epoch, at, order });
    await this.#writeRows(order);
    const keyChunks = chunksOf([...keys.entries()], KEYS_PER_ENTRY);
    for (const chunk of keyChunks) await this.#append({ v: SNAPSHOT_VERSION, kind: 'keys', keys: chunk });
    const idChunks = chunksOf([...table.settledIds()], IDS_PER_ENTRY);
    for (const chunk of idChunks) await this.#append({ v: SNAPSHOT_VERSION, kind: 'ids', ids: chunk });
    const deletedChunks = chunksOf([...deleted.all()], IDS_PER_ENTRY);
    for (const chunk of deletedChunks)
      await this.#append({ v: SNAPSHOT_VERSION, kind: 'deleted', tasks: chunk });
    await this.#writeDefinitions();
    await this.#writeRuns();
    const times = chunksOf([...this.#parts.state.limitTimes.all(at)], KEYS_PER_ENTRY);
    for (const chunk of times) await this.#append({ v: SNAPSHOT_VERSION, kind: 'limits', times: chunk });
    await this.#append({ v: SNAPSHOT_VERSION, kind: 'end', entries: this.entries + 1 });
  }

  /** Rows that are inserted meanwhile are left out: the journal has them in entries after `begin`. */
  async #writeRows(orderMax: number): Promise<void> {
    let writer = new RowsWriter();
    const { table } = this.#parts.state;
    for (const row of table.rows.values()) {
      if (row.order >= orderMax) break;
      // It was removed while an entry was written.
      if (table.get(row.id) !== row) continue;
      if (writer.count < ROWS_PER_ENTRY && writer.add(row, BYTES_PER_ENTRY)) continue;
      await this.#finishRows(writer);
      writer = new RowsWriter();
      // It may have been removed while the entry was written.
      if (table.get(row.id) === row) writer.add(row, BYTES_PER_ENTRY);
    }
    if (writer.count > 0) await this.#finishRows(writer);
  }

  /** Those that change meanwhile may be in it as they were or as they are then: their records follow either way. */
  async #writeDefinitions(): Promise<void> {
    let writer = new DefinitionsWriter();
    for (const definition of this.#parts.state.definitions.all()) {
      if (writer.add(definition, BYTES_PER_ENTRY)) continue;
      await this.#appendText(writer.finish());
      writer = new DefinitionsWriter();
      writer.add(definition, BYTES_PER_ENTRY);
    }
    if (writer.count > 0) await this.#appendText(writer.finish());
  }

  /** Behind the rows of their steps, so that a run has seen at least what they have. */
  async #writeRuns(): Promise<void> {
    let writer = new RunsWriter();
    const { runs } = this.#parts.state;
    for (const [id, run] of runs.runs) {
      if (runs.get(id) !== run || writer.add(id, run, BYTES_PER_ENTRY)) continue;
      await this.#appendText(writer.finish(this.#parts.outbox.seal()));
      writer = new RunsWriter();
      if (runs.get(id) === run) writer.add(id, run, BYTES_PER_ENTRY);
    }
    if (writer.count > 0) await this.#appendText(writer.finish(this.#parts.outbox.seal()));
  }

  async #finishRows(writer: RowsWriter): Promise<void> {
    this.tasks += writer.count;
    await this.#appendText(writer.finish(this.#parts.outbox.seal()));
  }

  #append(entry: object): Promise<void> {
    return this.#appendText(JSON.stringify(entry));
  }

  /**
   * The state in the text may not be durable yet, so it waits for the commit like any other effect. It names the sequence that its records
   * were to get. When a void entry came before them, that sequence is wrong, and the snapshot must not be used.
   */
  async #appendText(text: string): Promise<void> {
    const { outbox } = this.#parts;
    await new Promise<void>((resolve) => outbox.afterCommit(() => resolve()));
    if (outbox.voidEntries !== this.#voidEntries)
      throw new AppError('JOURNAL_FENCED', 'another client has written to the journal meanwhile');
    this.#seq = await this.#parts.snapshots.append(seal(text, sha256).text, this.#seq);
    this.entries++;
  }
}

const chunksOf = <T>(items: readonly T[], size: number): (readonly T[])[] => {
  const chunks: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
};
