import { isAppError, problemOf, retryUntilAborted } from '@precedent/kernel';
import type { Clock, IndexState, JournalReader, LogEntry } from '@precedent/ports';
import { wakeBy } from '@precedent/ports';
import type { TaskFacts } from '../facts.ts';
import { BatchDocuments } from './batch-documents.ts';
import { BatchWriter } from './batch-writer.ts';
import { DeferredJobs } from './deferred-jobs.ts';
import type { Deleted } from './deletions.ts';
import { FailureWriter } from './failure-writer.ts';
import { IndexProgress } from './index-progress.ts';
import type { IndexerStatus } from './index-progress.ts';
import { portionsOf } from './journal-portions.ts';
import { AsideList, foldEach } from './set-aside.ts';
import type { CollectionSet } from '../collections/collection-set.ts';
import { foldSuccesses } from './successes.ts';
import type { SuccessLimits, SuccessesStep } from './successes.ts';
import { TaskFactsProjection } from './task-facts-projection.ts';
import type { ProjectionBatch } from './task-facts-projection.ts';
import { UnsavedSuccesses } from './unsaved-successes.ts';

export interface IndexerOptions {
  readonly reader: JournalReader;
  readonly state: IndexState;
  /** The collections that documents are written to. */
  readonly collections: Pick<CollectionSet, 'announce' | 'prepare' | 'write' | 'remove' | 'check'>;
  readonly clock: Clock;
  /** The latest successes of one spec that have documents of their own: 100, at most one in 200 ms, by default. */
  readonly successes?: SuccessLimits | undefined;
  /** The open tasks of one spec that have documents; 100 by default. */
  readonly openMax?: number;
  /** No earlier run has written to the collections. */
  readonly isNew?: boolean;
  /** Called with the changed tasks after their documents are indexed. */
  readonly onIndexed?: (changed: readonly TaskFacts[]) => void;
  /** Called, and awaited, with the deleted tasks before their points are removed. */
  readonly onDeleted?: (deleted: readonly Deleted[]) => Promise<void>;
}

/** Entries that are folded together. */
interface FoldedBatch {
  readonly entries: readonly LogEntry[];
  /** An interrupted run may have written documents of it. */
  readonly isReplay: boolean;
  readonly changes: ProjectionBatch;
  readonly aside: AsideList;
}

interface Batch extends FoldedBatch {
  readonly successes: SuccessesStep;
  readonly documents: BatchDocuments;
}

/** Journal entries that are read together. */
const BATCH_ENTRIES = 64;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;

/**
 * Follows the journal and writes documents of its tasks to the index. The position is saved after the points are stored, and the same
 * facts have the same ids, so what an interrupted run has written is written again without a change. Outages are retried until they end;
 * what is refused permanently is set aside, and the next entries are indexed. No task waits for the indexer.
 */
export class Indexer {
  readonly #o: IndexerOptions;
  readonly #projection: TaskFactsProjection;
  readonly #stop = new AbortController();
  readonly #deferred = new DeferredJobs();
  readonly #successes: UnsavedSuccesses;
  readonly #writer: BatchWriter;
  readonly #failures: FailureWriter;
  readonly #progress: IndexProgress;
  #isAtEnd = false;
  /** The end of the journal at the start: up to here a run that was interrupted may have written documents. */
  #replayedTo: number | undefined;

  constructor(options: IndexerOptions) {
    this.#o = options;
    this.#projection = new TaskFactsProjection(options.state.open(), options.openMax);
    this.#successes = new UnsavedSuccesses(options.state);
    this.#progress = new IndexProgress(options.state.journal);
    this.#writer = new BatchWriter({ ...options, retried: (step) => this.#retried(step) });
    this.#failures = new FailureWriter(options.collections, this.#writer);
    if (options.isNew) this.#replayedTo = 0;
  }

  /** The facts of open tasks, running tasks first. */
  openTasks(): readonly TaskFacts[] {
    return this.#projection.tasks();
  }

  /** The facts of an open task, which may have no documents. */
  openTask(id: string): TaskFacts | undefined {
    return this.#projection.task(id);
  }

  status(): IndexerStatus {
    return {
      ...this.#progress.status(this.#o.clock.now()),
      open: this.#projection.open,
      setAside: this.#o.state.setAside(),
    };
  }

  /**
   * Resolves when `stop` was called. Rejects DATA_TOO_NEW, and INVALID_REQUEST for a collection with another layout than before. Entries
   * that were purged are skipped and counted in `missed`. Outages of a server are retried.
   */
  async run(): Promise<void> {
    await Promise.race([this.#retried(() => this.#followAcrossGaps()), this.#deferred.failed]);
  }

  async #followAcrossGaps(): Promise<void> {
    for (;;) {
      try {
        return await this.#follow();
      } catch (error) {
        if (!isAppError(error) || error.code !== 'JOURNAL_GAP') throw error;
        this.#skipGap(error.extras.details ?? {});
      }
    }
  }

  async #follow(): Promise<void> {
    const { reader } = this.#o;
    this.#replayedTo ??= await reader.last();
    for await (const entries of reader.batches(this.#progress.read, BATCH_ENTRIES)) {
      this.#isAtEnd = false;
      this.#deferred.pause();
      if (this.#stop.signal.aborted) return;
      const last = entries.at(-1);
      if (last === undefined) continue;
      this.#progress.behind(entries[0]?.at);
      for (const portion of portionsOf(entries)) await this.#indexPortion(portion);
      if (this.#stop.signal.aborted) return;
      this.#isAtEnd = last.seq >= (await reader.last());
      if (this.#isAtEnd && this.#deferred.count === 0) this.#progress.caughtUp();
      if (this.#isAtEnd) this.#deferred.resume();
      this.#progress.trouble = undefined;
    }
  }

  /** Requests and a stop have their turn before it. */
  async #indexPortion(entries: readonly LogEntry[]): Promise<void> {
    await new Promise<void>((resolve) => this.#o.clock.defer(resolve));
    if (this.#stop.signal.aborted) return;
    await this.#indexBatch(entries);
    const last = entries.at(-1);
    if (last && !this.#stop.signal.aborted) this.#progress.read = last.seq;
    await this.#deferred.limit();
  }

  /** Moves to the first entry that the journal still has, and to the beginning when the journal is another one than before. */
  #skipGap({ first }: Readonly<Record<string, unknown>>): void {
    const next = typeof first === 'number' ? first - 1 : 0;
    this.#progress.skipped(next);
    const run = async (turn: () => Promise<void>): Promise<void> => {
      await turn();
      this.#o.state.save({ journal: next });
      this.#progress.passed(next);
    };
    this.#deferred.add({ size: 0, chars: 0, run });
  }

  /** Stops. A batch under way may be abandoned: it is indexed again after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#o.reader.close();
  }

  /** Failures can be found before the other documents of all that is read are written. */
  async #indexBatch(entries: readonly LogEntry[]): Promise<void> {
    const folded = this.#folded(entries);
    const { changes, aside } = folded;
    if (changes.deleted.length > 0) await this.#delete(folded);
    const successes = foldSuccesses(changes.changed, this.#successes.read, this.#o.successes);
    this.#successes.add(successes.latest);
    const documents = new BatchDocuments({ changes, successes, aside });
    for (const failures of documents.failures()) await this.#failures.add(failures, aside);
    this.#defer({ ...folded, successes, documents });
  }

  #folded(entries: readonly LogEntry[]): FoldedBatch {
    const isReplay = (entries[0]?.seq ?? 0) <= (this.#replayedTo ?? 0);
    this.#projection.isReplay = isReplay;
    const folded = foldEach(entries, (record) => this.#projection.apply(record));
    return { entries, isReplay, changes: this.#projection.take(), aside: new AsideList(folded) };
  }

  /** Writes all but failures when no failure waits to be read or embedded, and saves the position then. */
  #defer(batch: Batch): void {
    const { entries, isReplay, changes, aside, successes, documents } = batch;
    const settled = new Set(changes.changed.map(({ id }) => id));
    // A success that came and went within this batch has no documents, unless an interrupted run wrote them.
    const isWritten = (task: string) => isReplay || !settled.has(task) || changes.written.has(task);
    const run = async (turn: () => Promise<void>): Promise<void> => {
      const free = async (): Promise<void> => {
        await turn();
        await this.#failures.written;
      };
      await free();
      await this.#writer.removeDisplaced(successes.gone, isWritten);
      await this.#writer.writeInTurns(documents.others(), free, aside);
      if (!this.#stop.signal.aborted) this.#save(batch);
    };
    const chars = entries.reduce((sum, { text }) => sum + text.length, 0);
    this.#deferred.add({ size: documents.tasks, chars, run });
  }

  /** All documents of the batch are stored. */
  #save({ entries, changes, aside, successes: { latest }, documents }: Batch): void {
    const { put, drop, deleted, changed } = changes;
    const last = entries.at(-1);
    this.#o.state.save({
      journal: last?.seq,
      put,
      drop,
      aside: aside.all,
      successes: latest,
      deleted: deleted.map(({ id }) => id),
    });
    this.#successes.saved(latest);
    if (last) this.#progress.indexed(last, documents.made, this.#isAtEnd && this.#deferred.count === 1);
    this.#o.onIndexed?.(changed);
  }

  /** Before documents of the same batch: a new task may have the id of a deleted one. */
  async #delete({ changes: { deleted }, aside }: FoldedBatch): Promise<void> {
    await this.#deferred.finish();
    if (this.#stop.signal.aborted) return;
    // Everything before is durable, so that it is not indexed again when the points of the deleted tasks are gone.
    this.#o.state.save({ deleted: deleted.map(({ id }) => id) });
    await this.#writer.removeDeleted(deleted, aside);
  }

  /** Repeats a step during outages. Rejects with an error that is no outage. */
  async #retried(step: () => Promise<void>): Promise<void> {
    await retryUntilAborted(
      async () => {
        await step();
        this.#progress.trouble = undefined;
      },
      {
        signal: this.#stop.signal,
        firstMs: RETRY_MIN_MS,
        maxMs: RETRY_MAX_MS,
        onFailure: (error) => (this.#progress.trouble = problemOf(error)),
        progress: () => this.#progress.read,
        wake: wakeBy(this.#o.clock),
      },
    );
  }
}
