import { AppError } from '@precedent/kernel';
import type { Sha256 } from '@precedent/kernel';
import { readEnvelope } from './envelope.ts';
import type { EncodedEntry } from './envelope.ts';
import type { Envelope } from './records.ts';
import { linkOf, sumOf } from './seal.ts';

/**
 * Follows the entries of a journal and checks that each names the one before. Void entries, and what an engine wrote that had been
 * succeeded, are no part of the chain: every reader passes over them, and the entry behind them names the one before them.
 */
export class EntryChain {
  readonly #sha256: Sha256;
  #epoch: number;
  /** The text of the last entry in the chain: its link is computed only where it is needed. */
  #last: { readonly seq: number; readonly text: string } | undefined;

  /** `epoch`: entries of older ones do not count. */
  constructor(sha256: Sha256, epoch = 0) {
    this.#sha256 = sha256;
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** What the next entry is to name; empty when the entry before it is not known. */
  get link(): string {
    return this.#last === undefined ? '' : linkOf(this.#last.text, this.#sha256);
  }

  /** The chain goes on behind this entry, which is not checked, or behind one that is not known. */
  startBehind(entry: EncodedEntry | undefined): void {
    this.#last = entry;
  }

  /**
   * The entry; `undefined` when it does not count. Throws JOURNAL_CORRUPT with the sequence in `details` for one that was changed, or that
   * names another one than that before it; the chain goes on behind it. Throws DATA_TOO_NEW as well.
   */
  take(entry: EncodedEntry): Envelope | undefined {
    const before = this.#last;
    // Also an entry that a person has declared void and given up: what the next one names is not there.
    if (!entry.isVoid || entry.text === '') this.#last = undefined;
    if (entry.isVoid) return undefined;
    const envelope = readEnvelope(entry, this.#sha256);
    const isOld = envelope.epoch < this.#epoch;
    this.#last = isOld ? before : entry;
    if (isOld) return undefined;
    const epochBefore = this.#epoch;
    this.#epoch = envelope.epoch;
    if (before && !this.#follows(envelope, before.text, epochBefore)) throw broken(entry.seq, before.seq);
    return envelope;
  }

  /** What an older version wrote names none; an engine does not become older within its epoch. */
  #follows({ prev, epoch }: Envelope, before: string, epochBefore: number): boolean {
    if (prev === undefined) return sumOf(before) === undefined || epoch > epochBefore;
    return prev === linkOf(before, this.#sha256);
  }
}

const broken = (seq: number, before: number): AppError => {
  const message = `journal entry ${seq} does not follow entry ${before}: one of them was replaced, or entries between them are gone`;
  return new AppError('JOURNAL_CORRUPT', message, { details: { seq } });
};
