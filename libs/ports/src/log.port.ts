import type { EpochMs } from '@precedent/kernel';

export interface LogEntry {
  readonly seq: number;
  /** When the store took it. */
  readonly at: EpochMs;
  readonly text: string;
  /**
   * Set when no writer of this log appended it conditionally: another client published into its subject, or `journal mend` declared it
   * void. It was acknowledged to no client. It takes a sequence and means nothing: every reader passes over it.
   */
  readonly isVoid?: true;
}

/**
 * An append-only log with one rightful writer: the journal of a cell, and its snapshots.
 * Sequences rise by exactly one and survive purges.
 */
export interface AppendLog {
  /** The largest entry that `append` takes. */
  readonly maxEntryBytes: number;
  /** Sequence of the last entry ever written; 0 when there was none. */
  last(): Promise<number>;
  /** Entries after `after` that are still kept, in order, up to the last one at the time of the call. */
  read(after: number): AsyncIterable<LogEntry>;
  /**
   * Appends if the last sequence is `expected`, and resolves to `expected + 1` when the entry is durable. Appends made one
   * after the other without waiting arrive in that order.
   * Rejects JOURNAL_FENCED: something else was appended. JOURNAL_UNAVAILABLE: it is not known whether it landed.
   */
  append(text: string, expected: number): Promise<number>;
  /** Drops the entries up to and including `upTo`. */
  purge(upTo: number): Promise<void>;
}

/** A log of which single entries can go: their sequences are missing afterwards. */
export interface ErasableLog extends AppendLog {
  /** Resolves also when it is not there any more. */
  erase(seq: number): Promise<void>;
}
