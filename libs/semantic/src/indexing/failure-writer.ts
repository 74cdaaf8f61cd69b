import type { CollectionSet } from '../collections/collection-set.ts';
import type { SemanticDocument } from '../documents/document.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { AsideList } from './set-aside.ts';

/**
 * Writes failures in their order, with their vectors. Those that come while earlier ones are embedded are written without vectors first:
 * embedding takes longer than everything else, and a search finds them by their words meanwhile.
 */
export class FailureWriter {
  readonly #collections: Pick<CollectionSet, 'announce' | 'prepare'>;
  readonly #writer: BatchWriter;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(collections: Pick<CollectionSet, 'announce' | 'prepare'>, writer: BatchWriter) {
    this.#collections = collections;
    this.#writer = writer;
  }

  /** Resolves when all that was added has its vectors. Rejects with an error that is no outage. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** Resolves when a search finds the failures, or before the first of them are embedded. */
  async add(failures: readonly SemanticDocument[], aside: AsideList): Promise<void> {
    // What fails here fails again when the vectors are written.
    if (this.#waiting > 0) await this.#collections.announce(failures).catch(() => undefined);
    this.#waiting++;
    const written = this.#written.then(() => this.#embed(failures, aside));
    // Who waits for it may come later.
    written.catch(() => undefined);
    this.#written = written;
  }

  async #embed(failures: readonly SemanticDocument[], aside: AsideList): Promise<void> {
    await this.#collections.prepare(failures).catch(() => undefined);
    await this.#writer.write(failures, aside);
    this.#waiting--;
  }
}
