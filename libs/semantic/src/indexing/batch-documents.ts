import type { SemanticDocument } from '../documents/document.ts';
import { hasFailed } from '../documents/task-documents.ts';
import type { TaskFacts } from '../facts.ts';
import { storedDocumentsOf } from '../precedents/stored-documents.ts';
import type { AsideList } from './set-aside.ts';
import type { SuccessesStep } from './successes.ts';
import type { ProjectionBatch } from './task-facts-projection.ts';

interface BatchParts {
  readonly changes: ProjectionBatch;
  readonly successes: SuccessesStep;
  /** Gets the tasks whose documents cannot be made. */
  readonly aside: AsideList;
}

/** Tasks whose failures are made together: some 20 ms in which nothing else is done. */
const FAILED_TASKS = 16;

/** The documents of a batch, each made when it is needed. Those of a failure take a millisecond or two, and a burst has many. */
export class BatchDocuments {
  /** Tasks with documents. */
  readonly tasks: number;
  #made = 0;
  readonly #aside: AsideList;
  readonly #successes: SuccessesStep;
  readonly #failed: readonly TaskFacts[];
  readonly #others: readonly TaskFacts[];
  /** Documents of failed tasks that are no failures. */
  readonly #left: SemanticDocument[] = [];

  constructor({ changes, successes, aside }: BatchParts) {
    this.#aside = aside;
    this.#successes = successes;
    const shown = successes.indexed.filter(({ id }) => !changes.hidden.has(id));
    this.tasks = shown.length;
    this.#failed = shown.filter(hasFailed);
    this.#others = shown.filter((facts) => !hasFailed(facts));
  }

  /** Documents that were made. */
  get made(): number {
    return this.#made;
  }

  /** The failures, of a few tasks at a time. */
  *failures(): Generator<readonly SemanticDocument[], void> {
    for (let from = 0; from < this.#failed.length; from += FAILED_TASKS) {
      const some = this.#failed.slice(from, from + FAILED_TASKS);
      const documents = some.flatMap((facts) => this.#documentsOf(facts));
      this.#left.push(...documents.filter(({ kind }) => kind !== 'failure'));
      yield documents.filter(({ kind }) => kind === 'failure');
    }
  }

  /** All other documents, after the failures: each is made when it is needed. */
  *others(): Generator<SemanticDocument, void> {
    yield* this.#left;
    for (const facts of this.#others) yield* this.#documentsOf(facts);
  }

  /** A task whose documents cannot be made is set aside, so that the others are indexed. */
  #documentsOf(facts: TaskFacts): readonly SemanticDocument[] {
    try {
      const documents = storedDocumentsOf(facts).map((one) => standingFor(one, this.#successes));
      this.#made += documents.length;
      return documents;
    } catch (error) {
      this.#aside.add(facts.id, `task ${facts.id}`, error);
      return [];
    }
  }
}

/** A document of a success that stands for others says for how many, and since when. */
const standingFor = (document: SemanticDocument, { standing }: SuccessesStep): SemanticDocument => {
  const of = standing.get(String(document.payload['task']));
  if (of === undefined) return document;
  return { ...document, payload: { ...document.payload, count: of.count, first_at: of.since } };
};
