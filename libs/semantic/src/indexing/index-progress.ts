import type { SetAsideView } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { LogEntry } from '@precedent/ports';

/** The position of the indexer, and the error that it retries. */
export interface IndexerStatus {
  readonly seq: number;
  readonly lagMs: number;
  readonly open: number;
  /** Since the start. */
  readonly documents: number;
  /** Journal entries that were purged before they could be read. */
  readonly missed: number;
  /** What could not be indexed, across restarts. */
  readonly setAside: SetAsideView;
  readonly trouble?: Problem | undefined;
}

/** How far the indexer is, and since when it is behind. */
export class IndexProgress {
  /** The last entry that was folded. */
  read: number;
  /** The error that is retried now. */
  trouble: Problem | undefined;
  #seq: number;
  #behindSince: EpochMs | undefined;
  #documents = 0;
  #missed = 0;

  constructor(seq: number) {
    this.read = seq;
    this.#seq = seq;
  }

  status(now: EpochMs): Omit<IndexerStatus, 'open' | 'setAside'> {
    const since = this.#behindSince;
    return {
      seq: this.#seq,
      lagMs: since === undefined ? 0 : Math.max(0, now - since),
      documents: this.#documents,
      missed: this.#missed,
      trouble: this.trouble,
    };
  }

  /** An entry of this time is read, and not indexed yet. */
  behind(since: EpochMs | undefined): void {
    this.#behindSince ??= since;
  }

  caughtUp(): void {
    this.#behindSince = undefined;
  }

  /** Everything up to `seq` is stored. */
  passed(seq: number): void {
    this.#seq = seq;
  }

  /** Everything up to this entry is stored. `isLast`: there is nothing behind it. */
  indexed({ seq, at }: Pick<LogEntry, 'seq' | 'at'>, documents: number, isLast: boolean): void {
    this.passed(seq);
    this.#behindSince = isLast ? undefined : at;
    this.#documents += documents;
  }

  /** The entries up to `seq` are gone, and some of them were not read. */
  skipped(seq: number): void {
    this.#missed += Math.max(0, seq - this.read);
    this.read = seq;
  }
}
