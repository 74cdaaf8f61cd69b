import { userNameOf } from '@precedent/ports';
import type { IndexMemory, PointAge, PointFilter, VectorIndex } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import { plainWordsOf } from '../search/nearness.ts';
import type { SearchContext } from '../search/search-context.ts';
import { dropPrevious, ensure, createPending } from './open-collections.ts';
import type { OpenCollections } from './open-collections.ts';
import type { CollectionNames } from './collection-names.ts';
import { UNEMBEDDED, NEW_WORDS_MAX, announceDocuments, writeDocuments } from './embedded-collection.ts';
import type { EmbeddedCollection } from './embedded-collection.ts';

/** A re-embedding and its progress in points. `from` equals `to` when unembedded points of one collection get their vectors. */
export interface ReembedJob {
  readonly from: string;
  readonly to: string;
  readonly model: string;
  readonly done: number;
  readonly total: number;
}

/** `short`: points are missing in the pending collection. `over`: it has points that were removed from the active one. */
export type SettleOutcome = 'settled' | 'short' | 'over';

type Removal = (collection: string) => Promise<void>;

/** The most removals that are repeated before settling. If there were more, `settle` finds surplus points by counting. */
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
  /** Removals since the copying began: a page that was read before a removal may bring the removed points back. */
  #removed: Removal[] = [];
  /** Ids of documents that were announced and have no vectors yet. */
  readonly #announced = new Set<string>();
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

  /** The context of a search on the active collection. A query in several steps uses one context for all of them. */
  get searchContext(): SearchContext {
    const { collection, model, words } = this.#active;
    return {
      index: this.#index,
      collection,
      ...(model && { embedder: model.queries }),
      ...(words && { words }),
      ...((this.#hasUnembedded || this.#announced.size > 0) && { hasUnembedded: true }),
    };
  }

  /**
   * Writes new documents without vectors, so that searches find them by their words until `write` gives them their vectors. Does nothing
   * where no model is loaded.
   */
  announce(documents: readonly SemanticDocument[]): Promise<void> {
    return this.#exclusively(async () => {
      const targets = this.#all().filter(({ model }) => model !== undefined);
      for (const target of targets) await announceDocuments(this.#index, target, documents);
      if (targets.length > 0) for (const { id } of documents) this.#announced.add(id);
    });
  }

  /** Embeds documents while others are written: models cache what they have embedded, so `write` does not wait for these. */
  async prepare(documents: readonly SemanticDocument[]): Promise<void> {
    const texts = documents.map(({ text }) => text);
    for (const { model } of this.#all()) await model?.documents.embed(texts);
  }

  /** The active one first: the pending one never has a point that the active one did not have. */
  write(documents: readonly SemanticDocument[]): Promise<void> {
    if (documents.length === 0) return Promise.resolve();
    return this.#exclusively(async () => {
      for (const target of this.#all()) await writeDocuments(this.#index, target, documents);
      for (const { id } of documents) this.#announced.delete(id);
      this.#learn(documents);
    });
  }

  /** Rejects INVALID_REQUEST when a collection is not laid out as it was opened, VECTORS_UNAVAILABLE. */
  check(): Promise<void> {
    return this.#exclusively(async () => {
      for (const target of this.#all()) await ensure(this.#index, target);
    });
  }

  /** Moves collections, also those that tasks fill, between memory and disk: see `VectorIndex`. */
  async limitMemory(bytes: number): Promise<IndexMemory> {
    const all = await this.#index.collections();
    const own = all.filter((name) => this.#names.isOwn(name) || userNameOf(name) !== undefined);
    return this.#index.limitMemory(own, bytes);
  }

  /** Removes from both. */
  remove(filter: PointFilter): Promise<void> {
    return this.#removeFromAll((collection) => this.#index.remove(collection, filter));
  }

  /** Removes points that are too old from both. */
  expire(age: PointAge): Promise<void> {
    return this.#removeFromAll((collection) => this.#index.expire(collection, age));
  }

  /** The re-embedding that is left to do; `undefined` when every point has its vector. */
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

  /** Counts the points while writes wait. When both counts are equal, the pending collection becomes the active one. */
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

  /**
   * Embeds words in the background, a few at a time; a search embeds those that are missing. Those of a failure are learnt from its log
   * window, which is written when no failure waits.
   */
  #learn(documents: readonly SemanticDocument[]): void {
    const texts = new Set(documents.flatMap(({ kind, text }) => (kind === 'failure' ? [] : [text])));
    const found = [...texts].flatMap(plainWordsOf);
    for (const { words, model } of this.#all())
      void words?.learn(found, NEW_WORDS_MAX, model?.documents).catch(() => undefined);
  }

  /** Runs changes one after the other, so that no count sees a half-written batch. */
  #exclusively<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
