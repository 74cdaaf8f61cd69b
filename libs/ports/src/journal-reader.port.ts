import type { LogEntry } from './log.port.ts';

/** A durable reader of a cell's journal: the journal is kept until every one of them has passed. */
export interface JournalReader {
  /**
   * Entries behind `after`, in order, batch by batch, for ever; waits at the end for more. A batch has at most `max` entries, and
   * comes as soon as there is one. Rejects JOURNAL_GAP when entries behind `after` were purged already: start from a snapshot.
   */
  batches(after: number, max: number): AsyncIterable<readonly LogEntry[]>;
  /** What was read up to here is not needed again. */
  passed(seq: number): Promise<void>;
  /** Sequence of the last entry of the journal. */
  last(): Promise<number>;
  close(): Promise<void>;
}
