import { AppError, backoffMs, isAppError, problemOf } from '@precedent/kernel';
import type { AppendLog, Clock, LogEntry, Telemetry } from '@precedent/ports';
import { EnvelopeWriter } from '@precedent/tasks';
import type { JournalRecord } from '@precedent/tasks';

export interface OutboxOptions {
  readonly log: AppendLog;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly epoch: number;
  readonly owner: string;
  /** `false`: another engine may own the cell by now, so that only a commit shows that what this one knows still holds. */
  readonly isCertain: () => boolean;
  /** Sequence of the last entry that this engine knows to be its own past. */
  readonly seq: number;
  /** Appends on their way at the same time. */
  readonly inFlightMax: number;
  /** Characters after which an entry is full; the record that crosses it still goes in. */
  readonly entryCharsMax: number;
  readonly entryRecordsMax: number;
  /** The largest record. */
  readonly recordBytesMax: number;
  /** How long an entry for which no reply waits is delayed, so that it may share an fsync with one for which a reply does. */
  readonly groupCommitDelayMs: number;
  /**
   * This engine must step down, because its memory is not what the journal says: another engine has written, or the journal will
   * never take an entry. A recovery begins with what is durable; the rest was never reported.
   */
  readonly onFenced: (error: AppError) => void;
  /** Called when the outbox recorded the ownership barrier on its own: it needs a flush. */
  readonly onOwnershipRecorded: () => void;
  /** Called after the effects of an entry were released. */
  readonly onReleased: () => void;
  /** Called when the journal can be written again. */
  readonly onRestored: () => void;
  /** Called when a reply waits for an entry that was delayed: time for a `flush`. */
  readonly onFlushRequested: () => void;
}

type Effect = (seq: number) => void;

interface Entry {
  readonly writer: EnvelopeWriter;
  readonly effects: Effect[];
  /** A reply waits for it, so it is not delayed. */
  isAwaited: boolean;
  sealed: boolean;
  text: string;
  seq: number;
  sentAt: number;
  outcome: 'pending' | 'landed' | 'failed';
}

const RETRY_MIN_MS = 20;
const RETRY_MAX_MS = 1_000;
/** An entry with as many records is not delayed. */
const DELAYED_RECORDS_MAX = 256;

/**
 * The group commit. What the engine decides is recorded here and applied to its memory at once; everything that others
 * can see of it (answers, assignments, events) waits here until the journal has it. All that was recorded while
 * earlier entries were on their way becomes one entry, so a busy engine writes few large ones. Verdicts for which no
 * reply waits are delayed for the same reason.
 *
 * When it is not known whether an entry landed, the journal is read back: what is there was ours, or we are fenced.
 */
export class Outbox {
  readonly #o: OutboxOptions;
  readonly #waiting: Entry[] = [];
  readonly #sent: Entry[] = [];
  #seq: number;
  #durable: number;
  #bytesWaiting = 0;
  #recordsDurable = 0;
  #voidEntries = 0;
  #retries = 0;
  #retrying = false;
  #fenced = false;
  #closed = false;
  #contested = false;
  #endDelay: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#o = options;
    this.#seq = options.seq;
    this.#durable = options.seq;
  }

  /** Sequence of the last durable entry. */
  get durableSeq(): number {
    return this.#durable;
  }
  /** Characters recorded and not yet durable. */
  get backlog(): number {
    return this.#bytesWaiting;
  }
  /** Records made durable by this engine. */
  get recordsDurable(): number {
    return this.#recordsDurable;
  }
  /** Entries that no engine appended, found among those of this one. */
  get voidEntries(): number {
    return this.#voidEntries;
  }
  get stalled(): boolean {
    return this.#retries > 0 || this.#fenced || this.#closed;
  }
  /** The journal holds what this engine has not written: it may have been succeeded. */
  get contested(): boolean {
    return this.#contested;
  }
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#sent.length === 0;
  }

  /**
   * Throws PAYLOAD_TOO_LARGE, with nothing recorded, for what the journal would never take: it is refused before it is applied, because
   * afterwards it could neither be written nor taken back.
   */
  record(record: JournalRecord): void {
    const entry = this.#openEntry();
    const { writer } = entry;
    const before = writer.size;
    try {
      writer.add(record, this.#o.recordBytesMax);
    } catch (error) {
      // An entry without records is never flushed, and what waits for it would wait for ever.
      if (writer.count === 0) this.#waiting.pop();
      throw error;
    }
    if (record.kind !== 'settled' || writer.count >= DELAYED_RECORDS_MAX) entry.isAwaited = true;
    this.#bytesWaiting += writer.size - before;
  }

  /**
   * Runs `effect` when everything recorded so far is durable; at once if it is already. Effects keep their order. One that
   * would run at once waits for the ownership barrier when ownership is in doubt: an engine that was succeeded without knowing it
   * must not deny what its successor knows.
   */
  afterCommit(effect: Effect): void {
    this.afterCommitAnyTime(effect);
    this.requestFlush();
  }

  /** The same for an effect that may wait: it does not make the commit come sooner. */
  afterCommitAnyTime(effect: Effect): void {
    if (this.idle && !this.#o.isCertain()) this.proveOwnership();
    const last = this.#waiting[this.#waiting.length - 1] ?? this.#sent[this.#sent.length - 1];
    if (last) last.effects.push(effect);
    else if (!this.#closed) effect(this.#durable);
  }

  /** A reply waits for what was recorded so far: it is not delayed. */
  requestFlush(): void {
    const last = this.#waiting[this.#waiting.length - 1];
    if (last) last.isAwaited = true;
    if (this.#endDelay) this.#o.onFlushRequested();
  }

  /** The ownership barrier: records the epoch again, which only the owner of the journal can make durable. */
  proveOwnership(): void {
    const { epoch, owner, clock, onOwnershipRecorded } = this.#o;
    this.record({ kind: 'epoch', at: clock.now(), epoch, owner });
    onOwnershipRecorded();
  }

  /** Sends and releases nothing more: an append on its way may land, but its effects do not run. */
  close(): void {
    this.#closed = true;
    this.#endDelay?.();
  }

  /**
   * Closes the entry that is being filled, and returns the sequence that everything recorded so far has, or will have: no
   * later record shares it.
   */
  seal(): number {
    const last = this.#waiting[this.#waiting.length - 1];
    if (last) last.sealed = true;
    return this.#seq + this.#waiting.length;
  }

  /** Sends what may be sent now. */
  flush(): void {
    while (!this.stalled && this.#sent.length < this.#o.inFlightMax) {
      if (this.#isDelayed()) return;
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      entry.text = entry.writer.finish(this.#o.epoch, this.#o.clock.now());
      entry.seq = this.#seq + 1;
      this.#seq++;
      this.#sent.push(entry);
      this.#send(entry);
    }
  }

  /** Whether the waiting entry is delayed; it is sent at the latest when the delay is over. */
  #isDelayed(): boolean {
    const [first] = this.#waiting;
    const { clock, groupCommitDelayMs } = this.#o;
    if (first === undefined || first.isAwaited || this.#waiting.length > 1 || groupCommitDelayMs === 0) {
      this.#endDelay?.();
      return false;
    }
    if (this.#endDelay) return true;
    const disarm = clock.wakeAt(clock.now() + groupCommitDelayMs, () => {
      first.isAwaited = true;
      this.flush();
    });
    this.#endDelay = () => {
      this.#endDelay = undefined;
      disarm();
    };
    return true;
  }

  #openEntry(): Entry {
    const last = this.#waiting[this.#waiting.length - 1];
    const { entryCharsMax, entryRecordsMax } = this.#o;
    if (last && !last.sealed && last.writer.size < entryCharsMax && last.writer.count < entryRecordsMax)
      return last;
    const entry: Entry = {
      writer: new EnvelopeWriter(),
      effects: [],
      isAwaited: false,
      sealed: false,
      text: '',
      seq: 0,
      sentAt: 0,
      outcome: 'pending',
    };
    this.#waiting.push(entry);
    return entry;
  }

  #send(entry: Entry): void {
    entry.sentAt = this.#o.clock.now();
    entry.outcome = 'pending';
    this.#o.log.append(entry.text, entry.seq - 1).then(
      () => this.#landed(entry),
      (error: unknown) => this.#failed(entry, error),
    );
  }

  #landed(entry: Entry): void {
    if (this.#closed) return;
    entry.outcome = 'landed';
    // Strictly in order. When the entry before was refused because another engine wrote, this one may still have been
    // taken, by the bare count of entries; every reader ignores it then, and so must its effects stay here.
    while (this.#sent[0]?.outcome === 'landed') this.#release(this.#sent[0]);
    if (this.#sent.some((other) => other.outcome === 'failed')) return this.#reconcileWhenQuiet();
    this.#recovered();
    this.flush();
  }

  #recovered(): void {
    if (this.#retries === 0) return;
    this.#retries = 0;
    this.#o.onRestored();
  }

  #release(entry: Entry): void {
    this.#durable = entry.seq;
    this.#bytesWaiting -= entry.writer.size;
    this.#recordsDurable += entry.writer.count;
    const { telemetry, clock } = this.#o;
    telemetry.emit({
      name: 'journal.flushed',
      records: entry.writer.count,
      bytes: entry.text.length,
      ms: clock.now() - entry.sentAt,
    });
    // It stays in front until its effects are done, so that one which follows from them waits for its turn among them.
    for (const effect of entry.effects) effect(entry.seq);
    this.#sent.shift();
    this.#o.onReleased();
  }

  #failed(entry: Entry, error: unknown): void {
    if (!this.#sent.includes(entry) || this.#fenced || this.#closed) return;
    if (isPermanent(error)) return this.#stepDown(error);
    entry.outcome = 'failed';
    this.#retries++;
    if (isAppError(error) && error.code === 'JOURNAL_FENCED') this.#contested = true;
    this.#o.telemetry.emit({
      name: 'journal.unavailable',
      attempt: this.#retries,
      problem: problemOf(error),
    });
    this.#reconcileWhenQuiet();
  }

  /** Once every append on its way has been answered, it is time to look what is really there. */
  #reconcileWhenQuiet(): void {
    if (this.#retrying || this.#sent.some((entry) => entry.outcome === 'pending')) return;
    this.#retrying = true;
    const wait = backoffMs(this.#retries, RETRY_MIN_MS, RETRY_MAX_MS);
    this.#o.clock.wakeAt(this.#o.clock.now() + wait, () => void this.#reconcile());
  }

  async #reconcile(): Promise<void> {
    if (this.#closed) return;
    let landed: LogEntry[] | undefined;
    try {
      landed = await this.#landedEntries();
    } catch (error) {
      return this.#unreadable(error);
    }
    if (this.#closed) return;
    this.#retrying = false;
    // An owner purges only behind a snapshot of its own, so what is gone was another one's.
    if (landed === undefined) return this.#fencedOff();
    const ours = landed.filter(({ isVoid }) => !isVoid);
    if (!ours.every(({ text }, index) => this.#sent[index]?.text === text)) return this.#fencedOff();
    this.#contested = false;
    this.#pass(landed, ours);
    this.#o.telemetry.emit({ name: 'journal.restored', landed: ours.length });
    for (const _ of ours) if (this.#sent[0]) this.#release(this.#sent[0]);
    this.#durable = landed.at(-1)?.seq ?? this.#durable;
    if (this.#sent.length === 0) this.#recovered();
    for (const entry of this.#sent) this.#send(entry);
    this.flush();
  }

  #unreadable(error: unknown): void {
    if (this.#closed) return;
    this.#retrying = false;
    this.#retries++;
    this.#o.telemetry.emit({
      name: 'journal.unavailable',
      attempt: this.#retries,
      problem: problemOf(error),
    });
    this.#reconcileWhenQuiet();
  }

  /** Void entries took sequences that were meant for ours, which come behind them. */
  #pass(landed: readonly LogEntry[], ours: readonly LogEntry[]): void {
    const last = landed.at(-1);
    const count = landed.length - ours.length;
    if (last === undefined || count === 0) return;
    for (const [index, entry] of this.#sent.entries())
      entry.seq = ours[index]?.seq ?? last.seq + 1 + index - ours.length;
    this.#seq = Math.max(last.seq, this.#sent.at(-1)?.seq ?? 0);
    this.#voidEntries += count;
    this.#o.telemetry.emit({ name: 'journal.void', entries: count, seq: last.seq });
  }

  /** What stands behind the last entry that is known to be durable; `undefined` when some of that was purged again. */
  async #landedEntries(): Promise<LogEntry[] | undefined> {
    const last = await this.#o.log.last();
    const entries: LogEntry[] = [];
    for await (const entry of this.#o.log.read(this.#durable)) entries.push(entry);
    return entries.length < last - this.#durable ? undefined : entries;
  }

  #fencedOff(): void {
    const message = `entry ${this.#durable + 1} of the journal was written by another engine`;
    this.#stepDown(new AppError('JOURNAL_FENCED', message, { details: { seq: this.#durable + 1 } }));
  }

  #stepDown(error: AppError): void {
    this.#fenced = true;
    this.#o.onFenced(error);
  }
}

/** The same entry would be refused for ever: it is larger than its server accepts since the limit of the server was lowered. */
const isPermanent = (error: unknown): error is AppError =>
  isAppError(error) && error.code === 'PAYLOAD_TOO_LARGE';
