import { AppError, backoffMs, isAppError, problemOf } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import type { AppendLog, Clock, LogEntry, Telemetry } from '@precedent/ports';
import { EnvelopeWriter, seal } from '@precedent/tasks';
import type { JournalRecord } from '@precedent/tasks';

export interface OutboxOptions {
  readonly log: AppendLog;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly epoch: number;
  readonly owner: string;
  /** `false`: another engine may own the cell by now, so only a commit shows that the state of this one is current. */
  readonly isCertain: () => boolean;
  /** Sequence of the last entry that this engine has recovered. */
  readonly seq: number;
  /** The link of that entry. */
  readonly link: string;
  /** Unacknowledged appends, at most. */
  readonly inFlightMax: number;
  /** Characters after which an entry is full. The record that crosses the limit is still part of it. */
  readonly entryCharsMax: number;
  readonly entryRecordsMax: number;
  /** The largest record. */
  readonly recordBytesMax: number;
  /** How long an entry for which no reply waits is delayed, so that it may share an fsync with one for which a reply does. */
  readonly groupCommitDelayMs: number;
  /**
   * This engine must step down, because its memory differs from the journal: another engine has written to it, or the journal will
   * never take an entry. A recovery starts from what is durable; the rest was never reported.
   */
  readonly onFenced: (error: AppError) => void;
  /** Called when the outbox recorded the ownership barrier on its own: it needs a flush. */
  readonly onBarrierRecorded: () => void;
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
/** An entry with so many records is not delayed. */
const DELAYED_RECORDS_MAX = 256;

/**
 * The transactional outbox, with group commit. The engine records a decision here and applies it to its memory at once. Everything that
 * clients and workers can see of it (answers, assignments, events) waits here until the record is durable. All records that come while
 * earlier entries are unacknowledged become one entry, so a busy engine writes few large ones. For the same reason verdicts for which no
 * reply waits are delayed.
 *
 * When it is unknown whether an entry landed, the outbox reads the journal back: the entries there are its own, or it is fenced.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting: Entry[] = [];
  readonly #sent: Entry[] = [];
  /** Of the entry that was sent last: it is part of the next one, whether it has landed or not. */
  #link: string;
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
    this.#options = options;
    this.#seq = options.seq;
    this.#link = options.link;
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
  /** Entries that no engine appended, found between those of this one. */
  get voidEntries(): number {
    return this.#voidEntries;
  }
  /** Whether nothing is sent for now: the journal is unavailable, or this engine is fenced or closed. */
  get stalled(): boolean {
    return this.#retries > 0 || this.#fenced || this.#closed;
  }
  /** The journal holds entries that this engine has not written: another engine may have taken over. */
  get contested(): boolean {
    return this.#contested;
  }
  /** The index, in its entry, of the record that was recorded last. */
  get lastIndex(): number {
    return (this.#waiting[this.#waiting.length - 1]?.writer.count ?? 0) - 1;
  }
  /** Whether everything recorded is durable. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#sent.length === 0;
  }

  /**
   * Adds a record to the next entry. Throws PAYLOAD_TOO_LARGE, and records nothing, for a record that the journal would never take: it must
   * be refused before it is applied, because afterwards it could neither be written nor reverted.
   */
  record(record: JournalRecord): void {
    const entry = this.#openEntry();
    const { writer } = entry;
    const before = writer.size;
    try {
      writer.add(record, this.#options.recordBytesMax);
    } catch (error) {
      // An entry without records is never flushed, and its effects would wait for ever.
      if (writer.count === 0) this.#waiting.pop();
      throw error;
    }
    if (record.kind !== 'settled' || writer.count >= DELAYED_RECORDS_MAX) entry.isAwaited = true;
    this.#bytesWaiting += writer.size - before;
  }

  /**
   * Runs `effect` when everything recorded so far is durable; at once if it is already. Effects run in their order. While ownership is
   * uncertain, an effect that no entry still to be sent holds back waits for the ownership barrier: an engine that was succeeded without
   * knowing it must not answer that a task does not exist which its successor has accepted. An entry that was sent before may have
   * landed before the successor came.
   */
  afterCommit(effect: Effect): void {
    this.afterCommitAnyTime(effect);
    this.requestFlush();
  }

  /** The same for an effect that may wait until the delay of the entry is over: it does not request a flush. */
  afterCommitAnyTime(effect: Effect): void {
    if (this.#waiting.length === 0 && !this.#options.isCertain()) this.recordOwnershipBarrier();
    const last = this.#waiting[this.#waiting.length - 1] ?? this.#sent[this.#sent.length - 1];
    if (last) last.effects.push(effect);
    else if (!this.#closed) effect(this.#durable);
  }

  /**
   * Runs an effect that is harmless when the records so far are never durable: at once, so that it leaves together with their append. It
   * waits for the commit when the append does not leave now, or when ownership is uncertain, so that it probably fails.
   */
  withAppend(effect: () => void): void {
    if (this.stalled || !this.#options.isCertain()) return this.afterCommit(effect);
    this.requestFlush();
    effect();
  }

  /** A reply waits for the records so far, so their entry is not delayed. */
  requestFlush(): void {
    const last = this.#waiting[this.#waiting.length - 1];
    if (last) last.isAwaited = true;
    if (this.#endDelay) this.#options.onFlushRequested();
  }

  /** Records the epoch again, as a barrier: only the owner of the journal can make it durable. */
  recordOwnershipBarrier(): void {
    const { epoch, owner, clock, onBarrierRecorded } = this.#options;
    this.record({ kind: 'epoch', at: clock.now(), epoch, owner });
    onBarrierRecorded();
  }

  /** Sends and releases nothing more. An unacknowledged append may still land, but its effects do not run. */
  close(): void {
    this.#closed = true;
    this.#endDelay?.();
  }

  /**
   * Closes the entry that is being filled, and returns its sequence, or the one that it will have: everything recorded so far has that
   * sequence or an earlier one, and later records have later ones.
   */
  seal(): number {
    const last = this.#waiting[this.#waiting.length - 1];
    if (last) last.sealed = true;
    return this.#seq + this.#waiting.length;
  }

  /** Sends the waiting entries, unless they are delayed, or as many as wait for their acknowledgement already. */
  flush(): void {
    while (!this.stalled && this.#sent.length < this.#options.inFlightMax) {
      if (this.#isDelayed()) return;
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      const text = entry.writer.finish(this.#options.epoch, this.#options.clock.now(), this.#link);
      ({ text: entry.text, sum: this.#link } = seal(text, sha256));
      entry.seq = this.#seq + 1;
      this.#seq++;
      this.#sent.push(entry);
      this.#send(entry);
    }
  }

  /** Whether the waiting entry is delayed; it is sent at the latest when the delay is over. */
  #isDelayed(): boolean {
    const [first] = this.#waiting;
    const { clock, groupCommitDelayMs } = this.#options;
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
    const { entryCharsMax, entryRecordsMax } = this.#options;
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
    entry.sentAt = this.#options.clock.now();
    entry.outcome = 'pending';
    this.#options.log.append(entry.text, entry.seq - 1).then(
      () => this.#landed(entry),
      (error: unknown) => this.#failed(entry, error),
    );
  }

  #landed(entry: Entry): void {
    if (this.#closed) return;
    entry.outcome = 'landed';
    // Strictly in order. When the entry before was refused because another engine had written, this one may still have been
    // accepted, because the count of entries matched. Every reader ignores it then, so its effects must not run.
    while (this.#sent[0]?.outcome === 'landed') this.#release(this.#sent[0]);
    if (this.#sent.some((other) => other.outcome === 'failed')) return this.#reconcileWhenQuiet();
    this.#recovered();
    this.flush();
  }

  #recovered(): void {
    if (this.#retries === 0) return;
    this.#retries = 0;
    this.#options.onRestored();
  }

  #release(entry: Entry): void {
    this.#durable = entry.seq;
    this.#bytesWaiting -= entry.writer.size;
    this.#recordsDurable += entry.writer.count;
    const { telemetry, clock } = this.#options;
    telemetry.emit({
      name: 'journal.flushed',
      records: entry.writer.count,
      bytes: entry.text.length,
      ms: clock.now() - entry.sentAt,
    });
    // The entry stays first until its effects are done, so that an effect which they add runs after them.
    for (const effect of entry.effects) effect(entry.seq);
    this.#sent.shift();
    this.#options.onReleased();
  }

  #failed(entry: Entry, error: unknown): void {
    if (!this.#sent.includes(entry) || this.#fenced || this.#closed) return;
    if (isPermanent(error)) return this.#stepDown(error);
    entry.outcome = 'failed';
    this.#retries++;
    if (isAppError(error) && error.code === 'JOURNAL_FENCED') this.#contested = true;
    this.#options.telemetry.emit({
      name: 'journal.unavailable',
      attempt: this.#retries,
      problem: problemOf(error),
    });
    this.#reconcileWhenQuiet();
  }

  /** Reads the journal back when every sent append was answered, after a backoff. */
  #reconcileWhenQuiet(): void {
    if (this.#retrying || this.#sent.some((entry) => entry.outcome === 'pending')) return;
    this.#retrying = true;
    const wait = backoffMs(this.#retries, RETRY_MIN_MS, RETRY_MAX_MS);
    this.#options.clock.wakeAt(this.#options.clock.now() + wait, () => void this.#reconcile());
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
    // An owner purges only behind its own snapshot, so another owner has purged here.
    if (landed === undefined) return this.#fencedOff();
    const ours = landed.filter(({ isVoid }) => !isVoid);
    if (!ours.every(({ text }, index) => this.#sent[index]?.text === text)) return this.#fencedOff();
    this.#contested = false;
    this.#passVoid(landed, ours);
    this.#options.telemetry.emit({ name: 'journal.restored', landed: ours.length });
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
    this.#options.telemetry.emit({
      name: 'journal.unavailable',
      attempt: this.#retries,
      problem: problemOf(error),
    });
    this.#reconcileWhenQuiet();
  }

  /** Void entries have taken sequences of our entries, which get later ones. */
  #passVoid(landed: readonly LogEntry[], ours: readonly LogEntry[]): void {
    const last = landed.at(-1);
    const count = landed.length - ours.length;
    if (last === undefined || count === 0) return;
    for (const [index, entry] of this.#sent.entries())
      entry.seq = ours[index]?.seq ?? last.seq + 1 + index - ours.length;
    this.#seq = Math.max(last.seq, this.#sent.at(-1)?.seq ?? 0);
    this.#voidEntries += count;
    this.#options.telemetry.emit({ name: 'journal.void', entries: count, seq: last.seq });
  }

  /** The entries behind the last one that is known to be durable; `undefined` when some of them were purged. */
  async #landedEntries(): Promise<LogEntry[] | undefined> {
    const last = await this.#options.log.last();
    const entries: LogEntry[] = [];
    for await (const entry of this.#options.log.read(this.#durable)) entries.push(entry);
    return entries.length < last - this.#durable ? undefined : entries;
  }

  #fencedOff(): void {
    const message = `entry ${this.#durable + 1} of the journal was written by another engine`;
    this.#stepDown(new AppError('JOURNAL_FENCED', message, { details: { seq: this.#durable + 1 } }));
  }

  #stepDown(error: AppError): void {
    this.#fenced = true;
    this.#options.onFenced(error);
  }
}

/** The journal would refuse the same entry for ever: the limit of the server was lowered below its size. */
const isPermanent = (error: unknown): error is AppError =>
  isAppError(error) && error.code === 'PAYLOAD_TOO_LARGE';
