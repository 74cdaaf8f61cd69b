import type { SetAside, SetAsideView } from '@precedent/contract-types';
import { isAppError, problemOf, retryUntilAborted } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Clock, IndexState, JournalReader, LogEntry } from '@precedent/ports';
import { wakeBy } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { TaskFacts } from '../facts.ts';
import { storedDocumentsOf } from '../precedents/stored-documents.ts';
import { DeferredJobs } from './deferred-jobs.ts';
import { removePoints } from './deletions.ts';
import type { Deleted } from './deletions.ts';
import { foldEach, isPermanentRefusal, setAsideRedacted, writeEach } from './set-aside.ts';
import type { Folded } from './set-aside.ts';
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
  readonly collections: Pick<CollectionSet, 'write' | 'remove' | 'check'>;
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

interface Stored {
  readonly aside: readonly SetAside[];
  readonly successes: SuccessesStep;
  readonly documents: readonly SemanticDocument[];
}

/** Journal entries that are read together. */
const BATCH_ENTRIES = 64;
/** Characters of entries that are indexed together, about: one transaction, one position. Nothing else is done meanwhile, for some 50 ms. */
const PORTION_CHARS = 512 * 1024;
const BATCH_POINTS = 500;
/** Documents that are embedded before failures have their turn again: some of them take 20 ms. */
const DEFERRED_POINTS = 16;
/** The documents of a task that succeeded at once. */
const TASK_KINDS = ['spec', 'attempt'] as const;
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
  /** The last entry that was folded, and the last one of which everything is stored. */
  #read: number;
  #seq: number;
  #isAtEnd = false;
  /** The end of the journal at the start: up to here a run that was interrupted may have written documents. */
  #replayedTo: number | undefined;
  #behindSince: number | undefined;
  #documents = 0;
  #missed = 0;
  #trouble: Problem | undefined;

  constructor(options: IndexerOptions) {
    this.#o = options;
    this.#projection = new TaskFactsProjection(options.state.open(), options.openMax);
    this.#successes = new UnsavedSuccesses(options.state);
    this.#seq = options.state.journal;
    this.#read = this.#seq;
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
    const since = this.#behindSince;
    return {
      seq: this.#seq,
      lagMs: since === undefined ? 0 : Math.max(0, this.#o.clock.now() - since),
      open: this.#projection.open,
      documents: this.#documents,
      missed: this.#missed,
      setAside: this.#o.state.setAside(),
      trouble: this.#trouble,
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
    for await (const entries of reader.batches(this.#read, BATCH_ENTRIES)) {
      this.#isAtEnd = false;
      this.#deferred.pause();
      if (this.#stop.signal.aborted) return;
      const last = entries.at(-1);
      if (last === undefined) continue;
      this.#behindSince ??= entries[0]?.at;
      for (const portion of portionsOf(entries)) await this.#indexPortion(portion);
      if (this.#stop.signal.aborted) return;
      this.#isAtEnd = last.seq >= (await reader.last());
      if (this.#isAtEnd && this.#deferred.count === 0) this.#behindSince = undefined;
      if (this.#isAtEnd) this.#deferred.resume();
      this.#trouble = undefined;
    }
  }

  /** Requests and a stop have their turn before it. */
  async #indexPortion(entries: readonly LogEntry[]): Promise<void> {
    await new Promise<void>((resolve) => this.#o.clock.defer(resolve));
    if (this.#stop.signal.aborted) return;
    await this.#indexBatch(entries);
    if (!this.#stop.signal.aborted) this.#read = entries.at(-1)?.seq ?? this.#read;
    await this.#deferred.limit();
  }

  /** Moves to the first entry that the journal still has, and to the beginning when the journal is another one than before. */
  #skipGap({ first }: Readonly<Record<string, unknown>>): void {
    const next = typeof first === 'number' ? first - 1 : 0;
    this.#missed += Math.max(0, next - this.#read);
    this.#read = next;
    const run = async (turn: () => Promise<void>): Promise<void> => {
      await turn();
      this.#o.state.save({ journal: next });
      this.#seq = next;
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
    const isReplay = (entries[0]?.seq ?? 0) <= (this.#replayedTo ?? 0);
    this.#projection.isReplay = isReplay;
    const folded = foldEach(entries, (record) => this.#projection.apply(record));
    const batch = this.#projection.take();
    const { changed, hidden, written, deleted } = batch;
    const aside = [...folded.aside];
    if (deleted.length > 0) await this.#delete(deleted, folded, aside);
    const successes = foldSuccesses(changed, this.#successes.read, this.#o.successes);
    this.#successes.add(successes.latest);
    const settled = new Set(changed.map(({ id }) => id));
    const documents = successes.indexed
      .filter(({ id }) => !hidden.has(id))
      .flatMap((facts) =>
        documentsOrAside(facts, folded, aside).map((document) => standingFor(document, successes)),
      );
    const failures = documents.filter(({ kind }) => kind === 'failure');
    const others = documents.filter(({ kind }) => kind !== 'failure');
    await this.#write(failures, folded, aside);
    const run = async (turn: () => Promise<void>): Promise<void> => {
      // A success that came and went within this batch has none, unless an interrupted run wrote them.
      const isWritten = (task: string) => isReplay || !settled.has(task) || written.has(task);
      await turn();
      await this.#removeDisplaced(successes.gone, isWritten);
      for (let from = 0; from < others.length; from += DEFERRED_POINTS) {
        await turn();
        await this.#write(others.slice(from, from + DEFERRED_POINTS), folded, aside);
      }
      if (!this.#stop.signal.aborted) this.#save(entries, batch, { aside, successes, documents });
    };
    const chars = entries.reduce((sum, { text }) => sum + text.length, 0);
    this.#deferred.add({ size: others.length, chars, run });
  }

  /** All documents of the batch are stored. */
  #save(
    entries: readonly LogEntry[],
    { put, drop, deleted, changed }: ProjectionBatch,
    { aside, successes, documents }: Stored,
  ): void {
    const journal = entries.at(-1)?.seq;
    const ids = deleted.map(({ id }) => id);
    this.#o.state.save({ journal, put, drop, aside, successes: successes.latest, deleted: ids });
    this.#successes.saved(successes.latest);
    this.#seq = journal ?? this.#seq;
    const isLast = this.#isAtEnd && this.#deferred.count === 1;
    this.#behindSince = isLast ? undefined : entries.at(-1)?.at;
    this.#documents += documents.length;
    this.#o.onIndexed?.(changed);
  }

  /** Before documents of the same batch: a new task may have the id of a deleted one. */
  async #delete(deleted: readonly Deleted[], folded: Folded, aside: SetAside[]): Promise<void> {
    await this.#deferred.finish();
    if (this.#stop.signal.aborted) return;
    // Everything before is durable, so that it is not indexed again when the points of the deleted tasks are gone.
    this.#o.state.save({ deleted: deleted.map(({ id }) => id) });
    await this.#remove(deleted, folded, aside);
  }

  /** Removes documents of successes that others stand for now. */
  async #removeDisplaced(gone: SuccessesStep['gone'], isWritten: (task: string) => boolean): Promise<void> {
    const { collections } = this.#o;
    for (const [namespace, tasks] of gone) {
      const written = tasks.filter(isWritten);
      for (let from = 0; from < written.length; from += BATCH_POINTS) {
        const fields = { task: written.slice(from, from + BATCH_POINTS), kind: TASK_KINDS };
        await this.#retried(() => collections.remove({ namespace, fields }));
      }
    }
  }

  async #write(documents: readonly SemanticDocument[], folded: Folded, aside: SetAside[]): Promise<void> {
    for (let from = 0; from < documents.length; from += BATCH_POINTS)
      await this.#retried(async () => {
        const some = documents.slice(from, from + BATCH_POINTS);
        for (const { document, error } of await writeEach(this.#o.collections, some))
          aside.push(setAsideRedacted(seqOf(folded, document.payload['task']), subjectOf(document), error));
      });
  }

  /** Erases notes before points, so that indexing notes again finds none of a deleted task. */
  async #remove(deleted: readonly Deleted[], folded: Folded, aside: SetAside[]): Promise<void> {
    const { collections, onDeleted } = this.#o;
    await this.#retried(async () => onDeleted?.(deleted));
    for (const task of deleted)
      await this.#retried(async () => {
        try {
          await removePoints(collections, task);
        } catch (error) {
          if (!isPermanentRefusal(error)) throw error;
          aside.push(setAsideRedacted(seqOf(folded, task.id), `deletion of task ${task.id}`, error));
        }
      });
  }

  /** Repeats a step during outages. Rejects with an error that is no outage. */
  async #retried(step: () => Promise<void>): Promise<void> {
    await retryUntilAborted(
      async () => {
        await step();
        this.#trouble = undefined;
      },
      {
        signal: this.#stop.signal,
        firstMs: RETRY_MIN_MS,
        maxMs: RETRY_MAX_MS,
        onFailure: (error) => (this.#trouble = problemOf(error)),
        progress: () => this.#read,
        wake: wakeBy(this.#o.clock),
      },
    );
  }
}

/**
 * The entries in order, a portion at a time. A large one is a portion of its own, and so is one with a deletion: wherever portions begin, a
 * success displaces the same one.
 */
const portionsOf = (entries: readonly LogEntry[]): LogEntry[][] => {
  const portions: LogEntry[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const isDeletion = entry.text.includes(DELETION);
    chars += entry.text.length;
    if (chars > PORTION_CHARS || isDeletion) {
      portions.push([]);
      chars = entry.text.length;
    }
    portions.at(-1)?.push(entry);
    if (isDeletion) chars = Number.POSITIVE_INFINITY;
  }
  return portions;
};

/** As it is written in entries. Where a payload has it, the portion is shorter than it could be. */
const DELETION = '{"kind":"deleted"';

/** A document of a success that stands for others says for how many, and since when. */
const standingFor = (document: SemanticDocument, { standing }: SuccessesStep): SemanticDocument => {
  const of = standing.get(String(document.payload['task']));
  if (of === undefined) return document;
  return { ...document, payload: { ...document.payload, count: of.count, first_at: of.since } };
};

/** A task whose documents cannot be made is set aside, so that the others are indexed. */
const documentsOrAside = (
  facts: TaskFacts,
  folded: Folded,
  aside: SetAside[],
): readonly SemanticDocument[] => {
  try {
    return storedDocumentsOf(facts);
  } catch (error) {
    aside.push(setAsideRedacted(seqOf(folded, facts.id), `task ${facts.id}`, error));
    return [];
  }
};

const seqOf = ({ seqOf: known }: Folded, task: unknown): number => known.get(String(task)) ?? 0;

const subjectOf = ({ kind, payload }: SemanticDocument): string =>
  `${kind} of task ${String(payload['task'])}`;
