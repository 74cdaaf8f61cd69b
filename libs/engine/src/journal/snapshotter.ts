import { AppError, problemOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { RowsWriter, SNAPSHOT_VERSION } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

const ROWS_PER_ENTRY = 500;
/** Of the longest keys, whatever they are made of, as many as fit one entry. */
const KEYS_PER_ENTRY = 500;
const IDS_PER_ENTRY = 5_000;
/** A larger row, a task with its state and what it would undo, is an entry of its own. */
const BYTES_PER_ENTRY = 256 * 1024;

/** A snapshot that is whole. */
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
 * Writes snapshots while work goes on, and drops what they make superfluous. One at a time. The one before is kept, with the journal
 * behind it, in case the latest cannot be read.
 */
export class Snapshotter {
  readonly #parts: SnapshotterParts;
  /** The oldest first; the latest two can be read, those before are remembered for the journal's sake. */
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

  /** Takes one now, or joins the one that is being taken. Never rejects: a failure is reported, and tried again later. */
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

  /** The journal stays readable for its retention; behind the newest snapshot but one that is older than that, it goes. */
  async #purgeJournal(now: EpochMs): Promise<void> {
    const before = now - this.#parts.options.journal.retentionMs;
    const old = this.#taken.slice(0, -1).filter(({ at }) => at <= before);
    const newest = old[old.length - 1];
    if (newest === undefined) return;
    this.#taken.splice(0, old.length - 1);
    await this.#parts.journal.purge(newest.asOf);
  }
}

/** One snapshot in the making. */
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
    // The first entry waits for this. An engine that was succeeded without knowing it stops here; one that passes here and is
    // succeeded later is refused by the snapshots themselves, because their last sequence was read before. Without it, an old
    // state could displace a newer one behind which the journal is gone.
    this.#parts.outbox.proveOwnership();
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
    await this.#append({ v: SNAPSHOT_VERSION, kind: 'end', entries: this.entries + 1 });
  }

  /** Rows that come in meanwhile are left to the journal: they are in entries after `begin`. */
  async #writeRows(orderMax: number): Promise<void> {
    let writer = new RowsWriter();
    const { table } = this.#parts.state;
    for (const row of table.rows.values()) {
      if (row.order >= orderMax) break;
      // Removed since the iteration began.
      if (table.get(row.id) !== row) continue;
      if (writer.count < ROWS_PER_ENTRY && writer.add(row, BYTES_PER_ENTRY)) continue;
      await this.#finishRows(writer);
      writer = new RowsWriter();
      // Gone while the entry was written.
      if (table.get(row.id) === row) writer.add(row, BYTES_PER_ENTRY);
    }
    if (writer.count > 0) await this.#finishRows(writer);
  }

  async #finishRows(writer: RowsWriter): Promise<void> {
    this.tasks += writer.count;
    await this.#appendText(writer.finish(this.#parts.outbox.seal()));
  }

  #append(entry: object): Promise<void> {
    return this.#appendText(JSON.stringify(entry));
  }

  /**
   * What the text says may not be durable yet: it waits for the commit like any other effect. It names the sequence that its records were to
   * get, which is another one when a void entry came before them: then nothing of it may be used.
   */
  async #appendText(text: string): Promise<void> {
    const { outbox } = this.#parts;
    await new Promise<void>((resolve) => outbox.afterCommit(() => resolve()));
    if (outbox.voidEntries !== this.#voidEntries)
      throw new AppError('JOURNAL_FENCED', 'the journal was written to by somebody else meanwhile');
    this.#seq = await this.#parts.snapshots.append(text, this.#seq);
    this.entries++;
  }
}

const chunksOf = <T>(items: readonly T[], size: number): (readonly T[])[] => {
  const chunks: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
};
