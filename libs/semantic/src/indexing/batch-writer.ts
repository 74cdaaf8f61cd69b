import type { CollectionSet } from '../collections/collection-set.ts';
import type { SemanticDocument } from '../documents/document.ts';
import { removePoints } from './deletions.ts';
import type { Deleted } from './deletions.ts';
import { isPermanentRefusal, writeEach } from './set-aside.ts';
import type { AsideList } from './set-aside.ts';
import type { SuccessesStep } from './successes.ts';

export interface BatchWriterOptions {
  readonly collections: Pick<CollectionSet, 'write' | 'remove' | 'check'>;
  /** Repeats a step until it succeeds or the indexer is stopped. Rejects with an error that is no outage. */
  readonly retried: (step: () => Promise<void>) => Promise<void>;
  /** Called, and awaited, with the deleted tasks before their points are removed. */
  readonly onDeleted?: ((deleted: readonly Deleted[]) => Promise<void>) | undefined;
}

const BATCH_POINTS = 500;
/** Documents that are embedded before failures have their turn again: some of them take 20 ms. */
const DEFERRED_POINTS = 16;
/** The documents of a task that succeeded at once. */
const TASK_KINDS = ['spec', 'attempt'] as const;

/** Writes documents to the collections and removes them. What is refused permanently is set aside. */
export class BatchWriter {
  readonly #o: BatchWriterOptions;

  constructor(options: BatchWriterOptions) {
    this.#o = options;
  }

  async write(documents: readonly SemanticDocument[], aside: AsideList): Promise<void> {
    for (let from = 0; from < documents.length; from += BATCH_POINTS)
      await this.#o.retried(async () => {
        const some = documents.slice(from, from + BATCH_POINTS);
        for (const { document, error } of await writeEach(this.#o.collections, some)) {
          const task = String(document.payload['task']);
          aside.add(task, `${document.kind} of task ${task}`, error);
        }
      });
  }

  /** Writes the documents, a few at a turn. */
  async writeInTurns(
    documents: Iterator<SemanticDocument, void>,
    turn: () => Promise<void>,
    aside: AsideList,
  ): Promise<void> {
    for (;;) {
      await turn();
      const some = nextOf(documents, DEFERRED_POINTS);
      await this.write(some, aside);
      if (some.length < DEFERRED_POINTS) return;
    }
  }

  /** Removes documents of successes that others stand for now. */
  async removeDisplaced(gone: SuccessesStep['gone'], isWritten: (task: string) => boolean): Promise<void> {
    const { collections, retried } = this.#o;
    for (const [namespace, tasks] of gone) {
      const written = tasks.filter(isWritten);
      for (let from = 0; from < written.length; from += BATCH_POINTS) {
        const fields = { task: written.slice(from, from + BATCH_POINTS), kind: TASK_KINDS };
        await retried(() => collections.remove({ namespace, fields }));
      }
    }
  }

  /** Erases notes before points, so that indexing notes again finds none of a deleted task. */
  async removeDeleted(deleted: readonly Deleted[], aside: AsideList): Promise<void> {
    const { collections, onDeleted, retried } = this.#o;
    await retried(async () => onDeleted?.(deleted));
    for (const task of deleted)
      await retried(async () => {
        try {
          await removePoints(collections, task);
        } catch (error) {
          if (!isPermanentRefusal(error)) throw error;
          aside.add(task.id, `deletion of task ${task.id}`, error);
        }
      });
  }
}

/** At most `max` more; `Iterator.take` would end the iterator. */
const nextOf = <T>(all: Iterator<T, void>, max: number): readonly T[] => {
  const some: T[] = [];
  for (let next = all.next(); !next.done; next = all.next()) {
    some.push(next.value);
    if (some.length === max) break;
  }
  return some;
};
