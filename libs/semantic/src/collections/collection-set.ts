import type { PointAge, PointFilter, VectorIndex } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import { plainWordsOf } from '../search/nearness.ts';
import type { SearchContext } from '../search/search.ts';
import { dropPrevious, ensure, createPending } from './open-collections.ts';
import type { OpenCollections } from './open-collections.ts';
import type { CollectionNames } from './collection-names.ts';
import { UNEMBEDDED, WORDS_LEARNT, writeDocuments } from './embedded-collection.ts';
import type { EmbeddedCollection } from './embedded-collection.ts';

/** What is to be embedded again, and how much of it is. The same collection twice: points that have no vector yet. */
export interface ReembedJob {
  readonly from: string;
  readonly to: string;
  readonly model: string;
  readonly done: number;
  readonly total: number;
}

/** `short`: points are missing. `over`: there are points that the old one has lost since. */
export type SettleOutcome = 'settled' | 'short' | 'over';

type Removal = (collection: string) => Promise<void>;

/** Removals that are done again once what was under way has been copied. Of more, counting finds what came back into the next one. */
const REMOVED_MAX = 3_000;

/**
 * The active and the pending collection, written together. Every method rejects with VECTORS_UNAVAILABLE, and writing with
 * EMBEDDER_UNAVAILABLE too.
 */
export class CollectionSet {
  readonly #index: VectorIndex;
  readonly #names: CollectionNames;
  #active: EmbeddedCollection;
  #pending: EmbeddedCollection | undefined;
  #hasUnembedded: boolean;
  /** The collection that was active before, and its model, until both are closed. */
  #previous: EmbeddedCollection | undefined;
  /** Since points are copied: a page that was read before may bring back what is gone. */
  #removed: Removal[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(index: VectorIndex, names: CollectionNames, open: Omit<OpenCollections, 'isNew'>) {
    this.#index = index;
    this.#names = names;
    this.#active = open.active;
    this.#pending = open.pending;
    this.#hasUnembedded = open.hasUnembedded;
  }

  get active(): EmbeddedCollection {
    return this.#active;
  }

  get pending(): EmbeddedCollection | undefined {
    return this.#pending;
  }

  /** What a search runs on now. A query in several steps uses one context for all of them. */
  get searchContext(): SearchContext {
    const { collection, model, words } = this.#active;
    return {
      index: this.#index,
      collection,
      ...(model && { embedder: model.queries }),
      ...(words && { words }),
    };
  }

  /** The active one first: the pending one never has a point that the active one did not have. */
  write(documents: readonly SemanticDocument[]): Promise<void> {
    if (documents.length === 0) return Promise.resolve();
    return this.#exclusively(async () => {
      for (const target of this.#all()) await writeDocuments(this.#index, target, documents);
      this.#learn(documents);
    });
  }

  /** Rejects INVALID_REQUEST when a collection is not laid out as it was opened, VECTORS_UNAVAILABLE. */
  check(): Promise<void> {
    return this.#exclusively(async () => {
      for (const target of this.#all()) await ensure(this.#index, target);
    });
  }

  /** Removes from both. */
  remove(filter: PointFilter): Promise<void> {
    return this.#removeFromAll((collection) => this.#index.remove(collection, filter));
  }

  /** Removes what is too old from both. */
  expire(age: PointAge): Promise<void> {
    return this.#removeFromAll((collection) => this.#index.expire(collection, age));
  }

  /** What is left to be embedded again; `undefined` when nothing is. */
  async job(): Promise<ReembedJob | undefined> {
    const { collection: from, model } = this.#active;
    const total = await this.#index.size(from, {});
    if (this.#pending?.model) {
      const { collection: to, model: own } = this.#pending;
      const done = Math.min(total, await this.#index.size(to, {}));
      return { from, to, model: own.documents.model.name, done, total };
    }
    if (!this.#hasUnembedded || model === undefined) return undefined;
    const left = await this.#index.size(from, UNEMBEDDED);
    return { from, to: from, model: model.documents.model.name, done: total - left, total };
  }

  /** Counts the points while writes wait; when none is missing, the pending collection becomes the active one. */
  settle(): Promise<SettleOutcome> {
    return this.#exclusively(async () => {
      for (const removal of this.#removed) await this.#fromAll(removal);
      this.#removed = [];
      const next = this.#pending;
      if (next === undefined) return await this.#settleUnembedded();
      const [have, want] = await Promise.all(
        [next, this.#active].map(({ collection }) => this.#index.size(collection, {})),
      );
      if (have !== want) return Number(have) < Number(want) ? 'short' : 'over';
      await this.#index.alias(this.#names.previous, this.#active.collection);
      await this.#index.alias(this.#names.active, next.collection);
      this.#previous = this.#active;
      [this.#active, this.#pending, this.#hasUnembedded] = [next, undefined, false];
      return 'settled';
    });
  }

  /** Creates the pending collection again, empty. */
  restartPending(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#pending) await createPending(this.#index, this.#names, this.#pending);
    });
  }

  /** Drops the previous collection and closes its model: to be called when no query runs on it any more. */
  async closePrevious(): Promise<void> {
    await dropPrevious(this.#index, this.#names);
    await this.#previous?.model?.documents.close();
    this.#previous = undefined;
  }

  /** Closes the models. */
  async close(): Promise<void> {
    const collections = [...this.#all(), ...(this.#previous ? [this.#previous] : [])];
    for (const { model } of collections) await model?.documents.close();
  }

  #removeFromAll(removal: Removal): Promise<void> {
    return this.#exclusively(async () => {
      await this.#fromAll(removal);
      if (this.#pending) this.#removed = [...this.#removed, removal].slice(-REMOVED_MAX);
    });
  }

  async #fromAll(removal: Removal): Promise<void> {
    for (const { collection } of this.#all()) await removal(collection);
  }

  async #settleUnembedded(): Promise<SettleOutcome> {
    this.#hasUnembedded = (await this.#index.size(this.#active.collection, UNEMBEDDED)) > 0;
    return this.#hasUnembedded ? 'short' : 'settled';
  }

  #all(): readonly EmbeddedCollection[] {
    return this.#pending ? [this.#active, this.#pending] : [this.#active];
  }

  /** In the background, a few words at a time: a search learns those that are missing. */
  #learn(documents: readonly SemanticDocument[]): void {
    const found = [...new Set(documents.map(({ text }) => text))].flatMap(plainWordsOf);
    for (const { words } of this.#all()) void words?.learn(found, WORDS_LEARNT).catch(() => undefined);
  }

  /** One change after the other: counting means something only while nothing is half written. */
  #exclusively<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
