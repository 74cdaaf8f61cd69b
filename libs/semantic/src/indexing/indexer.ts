import type { SetAside, SetAsideView } from '@precedent/contract-types';
import { isAppError, problemOf, retryUntilAborted } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Clock, IndexState, JournalReader, LogEntry } from '@precedent/ports';
import { wakeBy } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import { documentsOf } from '../documents/task-documents.ts';
import type { TaskFacts } from '../facts.ts';
import { runText } from '../precedents/run.ts';
import { removePoints } from './deletions.ts';
import type { Deleted } from './deletions.ts';
import { foldEach, isPermanent, setAside, writeEach } from './set-aside.ts';
import type { Folded } from './set-aside.ts';
import type { CollectionSet } from '../collections/collection-set.ts';
import { TaskFactsProjection } from './task-facts-projection.ts';

export interface IndexerOptions {
  readonly reader: JournalReader;
  readonly state: IndexState;
  /** Where documents go. */
  readonly collections: Pick<CollectionSet, 'write' | 'remove' | 'check'>;
  readonly clock: Clock;
  /** Told of tasks after what is known of them has been indexed. */
  readonly onIndexed?: (changed: readonly TaskFacts[]) => void;
  /** Told of deleted tasks before their points go; it is waited for. */
  readonly onDeleted?: (deleted: readonly Deleted[]) => Promise<void>;
}

/** How far the index is, and what keeps it from going on. */
export interface IndexerStatus {
  readonly seq: number;
  readonly lagMs: number;
  readonly open: number;
  /** Since the start. */
  readonly documents: number;
  /** Journal entries that were purged before they could be read. */
  readonly missed: number;
  /** What could not be indexed, over restarts. */
  readonly setAside: SetAsideView;
  readonly trouble?: Problem | undefined;
}

/** Journal entries that are indexed together: one transaction, one position. */
const ENTRIES = 64;
const POINTS = 500;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;

/**
 * Reads the journal, for ever, and puts what happened into the index. The position moves only after the points are there, and
 * the same facts have the same ids: whatever was cut short is done again, and changes nothing. What does not answer is tried
 * again until it does; what is refused for good is set aside, and the next entries are indexed. No task waits for it.
 */
export class Indexer {
  readonly #o: IndexerOptions;
  readonly #projection: TaskFactsProjection;
  readonly #stop = new AbortController();
  #seq: number;
  #behindSince: number | undefined;
  #documents = 0;
  #missed = 0;
  #trouble: Problem | undefined;

  constructor(options: IndexerOptions) {
    this.#o = options;
    this.#projection = new TaskFactsProjection(options.state.open());
    this.#seq = options.state.journal;
  }

  /** What is known of the tasks that are not over, those that run first. */
  openTasks(): readonly TaskFacts[] {
    return this.#projection.tasks();
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
   * Resolves when `stop` was called. Rejects DATA_TOO_NEW, and INVALID_REQUEST for a collection that is another one than before. Where a
   * part of the journal is gone it goes on behind it, and `missed` tells how much: an index that begins late knows what comes, and no
   * less. A server that does not answer is waited for.
   */
  async run(): Promise<void> {
    await this.#untilDone(() => this.#followOverGaps());
  }

  async #followOverGaps(): Promise<void> {
    for (;;) {
      try {
        return await this.#follow();
      } catch (error) {
        if (!isAppError(error) || error.code !== 'JOURNAL_GAP') throw error;
        this.#skip(error.extras.details ?? {});
      }
    }
  }

  async #follow(): Promise<void> {
    const { reader } = this.#o;
    for await (const entries of reader.batches(this.#seq, ENTRIES)) {
      if (this.#stop.signal.aborted) return;
      const last = entries.at(-1);
      if (last === undefined) continue;
      this.#behindSince = entries[0]?.at;
      await this.#take(entries);
      if (this.#stop.signal.aborted) return;
      this.#seq = last.seq;
      await reader.passed(last.seq);
      if (last.seq >= (await reader.last())) this.#behindSince = undefined;
      this.#trouble = undefined;
    }
  }

  /** To the first entry that is kept; to the very first one where the journal is another one than before. */
  #skip({ first }: Readonly<Record<string, unknown>>): void {
    const next = typeof first === 'number' ? first - 1 : 0;
    this.#missed += Math.max(0, next - this.#seq);
    this.#seq = next;
    this.#o.state.save({ journal: next });
  }

  /** What is under way may end or be given up: it is done again after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#o.reader.close();
  }

  async #take(entries: readonly LogEntry[]): Promise<void> {
    const folded = foldEach(entries, (record) => this.#projection.apply(record));
    const { changed, put, drop, deleted } = this.#projection.take();
    const aside = [...folded.aside];
    // First: a new task may have come in under the id of one that was deleted.
    if (deleted.length > 0) await this.#remove(deleted, folded, aside);
    const documents = changed.flatMap((facts) => documentsFrom(facts, folded, aside));
    for (let from = 0; from < documents.length; from += POINTS)
      await this.#write(documents.slice(from, from + POINTS), folded, aside);
    if (this.#stop.signal.aborted) return;
    this.#o.state.save({ journal: entries.at(-1)?.seq, put, drop, aside });
    this.#documents += documents.length;
    this.#o.onIndexed?.(changed);
  }

  async #write(documents: readonly SemanticDocument[], folded: Folded, aside: SetAside[]): Promise<void> {
    await this.#untilDone(async () => {
      for (const { document, error } of await writeEach(this.#o.collections, documents))
        aside.push(setAside(seqOf(folded, document.payload['task']), subjectOf(document), error));
    });
  }

  /** Notes before points: whoever indexes notes again finds none of a deleted task. */
  async #remove(deleted: readonly Deleted[], folded: Folded, aside: SetAside[]): Promise<void> {
    const { collections, onDeleted } = this.#o;
    await this.#untilDone(async () => onDeleted?.(deleted));
    for (const task of deleted)
      await this.#untilDone(async () => {
        try {
          await removePoints(collections, task);
        } catch (error) {
          if (!isPermanent(error)) throw error;
          aside.push(setAside(seqOf(folded, task.id), `deletion of task ${task.id}`, error));
        }
      });
  }

  /** Repeats a step over outages. Rejects with an error that no waiting mends. */
  async #untilDone(step: () => Promise<void>): Promise<void> {
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
        progress: () => this.#seq,
        wake: wakeBy(this.#o.clock),
      },
    );
  }
}

/** The documents of a task; that of its spec carries the run, for comparisons. */
const withRun = (facts: TaskFacts): readonly SemanticDocument[] => {
  const run = runText(facts);
  return documentsOf(facts).map((document) =>
    document.kind === 'spec' ? { ...document, payload: { ...document.payload, run } } : document,
  );
};

/** A task whose documents cannot be made is set aside, and the others are indexed. */
const documentsFrom = (facts: TaskFacts, folded: Folded, aside: SetAside[]): readonly SemanticDocument[] => {
  try {
    return withRun(facts);
  } catch (error) {
    aside.push(setAside(seqOf(folded, facts.id), `task ${facts.id}`, error));
    return [];
  }
};

const seqOf = ({ seqOf: known }: Folded, task: unknown): number => known.get(String(task)) ?? 0;

const subjectOf = ({ kind, payload }: SemanticDocument): string =>
  `${kind} of task ${String(payload['task'])}`;
