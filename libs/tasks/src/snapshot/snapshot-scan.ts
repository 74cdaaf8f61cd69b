import { isAppError, problemOf } from '@precedent/kernel';
import type { Problem, Sha256 } from '@precedent/kernel';
import type { EncodedEntry } from '../envelope.ts';
import { readSnapshotEntry } from './snapshot-format.ts';
import type { SnapshotEntry } from './snapshot-format.ts';

/**
 * Follows the entries of a log of snapshots and finds those that belong to one that is whole so far. Used by every reader, so that all of
 * them skip the same ones: void entries, and the whole of a snapshot of which an entry is missing or cannot be read.
 */
export class SnapshotScan {
  readonly #sha256: Sha256 | undefined;
  /** The entries before that were taken in of the snapshot under way; `undefined` between two of them. */
  #taken: number | undefined;
  #last = 0;
  /** Why the latest of the snapshots that were skipped cannot be read. */
  problem: Problem | undefined;

  /** `sha256`: to check the seals of the entries. */
  constructor(sha256?: Sha256) {
    this.#sha256 = sha256;
  }

  /**
   * The entry, where the snapshot that it belongs to is whole so far; a snapshot is complete at its `end`. Throws DATA_TOO_NEW: what a newer
   * version wrote is not damaged.
   */
  take(entry: EncodedEntry): SnapshotEntry | undefined {
    if (entry.isVoid) return undefined;
    const read = this.#read(entry);
    if (read?.kind === 'begin') this.#taken = 0;
    else if (entry.seq !== this.#last + 1) this.#abandon(entry.seq, 'an entry before it is missing');
    this.#last = entry.seq;
    if (read === undefined || this.#taken === undefined) return undefined;
    this.#taken++;
    if (read.kind !== 'end') return read;
    if (read.entries !== this.#taken) return this.#abandon(entry.seq, `it ends after ${this.#taken} entries`);
    [this.#taken, this.problem] = [undefined, undefined];
    return read;
  }

  #read(entry: EncodedEntry): SnapshotEntry | undefined {
    try {
      return readSnapshotEntry(entry.text, entry.seq, this.#sha256);
    } catch (error) {
      if (isAppError(error) && error.code === 'DATA_TOO_NEW') throw error;
      this.#taken = undefined;
      this.problem = problemOf(error);
      return undefined;
    }
  }

  #abandon(seq: number, why: string): undefined {
    if (this.#taken === undefined) return;
    this.#taken = undefined;
    this.problem = { code: 'JOURNAL_CORRUPT', message: `snapshot entry ${seq} cannot be used: ${why}` };
  }
}
