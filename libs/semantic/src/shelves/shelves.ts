import type { PointAge, PointFilter, VectorIndex } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import { plainWordsOf } from '../search/nearness.ts';
import type { SearchGround } from '../search/search.ts';
import { dropBefore, ensure, makeNext } from './open-shelves.ts';
import type { OpenShelves } from './open-shelves.ts';
import type { ShelfNames } from './shelf-names.ts';
import { BARE, WORDS_LEARNT, putOnto } from './shelf.ts';
import type { Shelf } from './shelf.ts';

/** What is to be embedded again, and how much of it is. The same collection twice: points that have no vector yet. */
export interface ReembedJob {
  readonly from: string;
  readonly to: string;
  readonly model: string;
  readonly done: number;
  readonly total: number;
}

/** `short`: points are missing. `over`: there are points that the old one has lost since. */
export type Settled = 'settled' | 'short' | 'over';

type Removal = (collection: string) => Promise<void>;

/** Removals that are done again once what was under way has been copied. Of more, counting finds what came back into the next one. */
const REMOVED_MAX = 3_000;

/**
 * The collection that serves and the one that is to serve next, written as one. Every method rejects with VECTORS_UNAVAILABLE, and
 * writing with EMBEDDER_UNAVAILABLE too.
 */
export class Shelves {
  readonly #index: VectorIndex;
  readonly #names: ShelfNames;
  #serving: Shelf;
  #next: Shelf | undefined;
  #hasBare: boolean;
  /** The collection that served before, and its model, until they are let go of. */
  #before: Shelf | undefined;
  /** Since points are copied: a page that was read before may bring back what is gone. */
  #removed: Removal[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(index: VectorIndex, names: ShelfNames, open: Omit<OpenShelves, 'isNew'>) {
    this.#index = index;
    this.#names = names;
    this.#serving = open.serving;
    this.#next = open.next;
    this.#hasBare = open.hasBare;
  }

  get serving(): Shelf {
    return this.#serving;
  }

  get next(): Shelf | undefined {
    return this.#next;
  }

  /** What a search runs on now. A question that is asked in several steps keeps the one it began with. */
  get ground(): SearchGround {
    const { collection, model, words } = this.#serving;
    return {
      index: this.#index,
      collection,
      ...(model && { embedder: model.queries }),
      ...(words && { words }),
    };
  }

  /** The serving one first: what the next one has, the serving one has had. */
  write(documents: readonly SemanticDocument[]): Promise<void> {
    if (documents.length === 0) return Promise.resolve();
    return this.#alone(async () => {
      for (const shelf of this.#all()) await putOnto(this.#index, shelf, documents);
      this.#learn(documents);
    });
  }

  /** Rejects INVALID_REQUEST when a collection is not laid out as it was opened, VECTORS_UNAVAILABLE. */
  check(): Promise<void> {
    return this.#alone(async () => {
      for (const shelf of this.#all()) await ensure(this.#index, shelf);
    });
  }

  /** Removes from both. */
  remove(filter: PointFilter): Promise<void> {
    return this.#take((collection) => this.#index.remove(collection, filter));
  }

  /** Removes what is too old from both. */
  expire(age: PointAge): Promise<void> {
    return this.#take((collection) => this.#index.expire(collection, age));
  }

  /** What is left to be embedded again; `undefined` when nothing is. */
  async job(): Promise<ReembedJob | undefined> {
    const { collection: from, model } = this.#serving;
    const total = await this.#index.size(from, {});
    if (this.#next?.model) {
      const { collection: to, model: own } = this.#next;
      const done = Math.min(total, await this.#index.size(to, {}));
      return { from, to, model: own.documents.model.name, done, total };
    }
    if (!this.#hasBare || model === undefined) return undefined;
    const left = await this.#index.size(from, BARE);
    return { from, to: from, model: model.documents.model.name, done: total - left, total };
  }

  /** Counts, while nobody writes; when nothing is missing the next one serves from now on. */
  settle(): Promise<Settled> {
    return this.#alone(async () => {
      for (const removal of this.#removed) await this.#fromAll(removal);
      this.#removed = [];
      const next = this.#next;
      if (next === undefined) return await this.#settleBare();
      const [have, want] = await Promise.all(
        [next, this.#serving].map(({ collection }) => this.#index.size(collection, {})),
      );
      if (have !== want) return Number(have) < Number(want) ? 'short' : 'over';
      await this.#index.alias(this.#names.before, this.#serving.collection);
      await this.#index.alias(this.#names.serving, next.collection);
      this.#before = this.#serving;
      [this.#serving, this.#next, this.#hasBare] = [next, undefined, false];
      return 'settled';
    });
  }

  /** Begins the next one anew. */
  beginAnew(): Promise<void> {
    return this.#alone(async () => {
      if (this.#next) await makeNext(this.#index, this.#names, this.#next);
    });
  }

  /** Lets go of what served before: to be called when no question is under way there any more. */
  async tidy(): Promise<void> {
    await dropBefore(this.#index, this.#names);
    await this.#before?.model?.documents.close();
    this.#before = undefined;
  }

  /** Closes the models. */
  async close(): Promise<void> {
    const shelves = [...this.#all(), ...(this.#before ? [this.#before] : [])];
    for (const { model } of shelves) await model?.documents.close();
  }

  #take(removal: Removal): Promise<void> {
    return this.#alone(async () => {
      await this.#fromAll(removal);
      if (this.#next) this.#removed = [...this.#removed, removal].slice(-REMOVED_MAX);
    });
  }

  async #fromAll(removal: Removal): Promise<void> {
    for (const { collection } of this.#all()) await removal(collection);
  }

  async #settleBare(): Promise<Settled> {
    this.#hasBare = (await this.#index.size(this.#serving.collection, BARE)) > 0;
    return this.#hasBare ? 'short' : 'settled';
  }

  #all(): readonly Shelf[] {
    return this.#next ? [this.#serving, this.#next] : [this.#serving];
  }

  /** Beside the work, and a few at a time: a search learns what it lacks. */
  #learn(documents: readonly SemanticDocument[]): void {
    const found = [...new Set(documents.map(({ text }) => text))].flatMap(plainWordsOf);
    for (const { words } of this.#all()) void words?.learn(found, WORDS_LEARNT).catch(() => undefined);
  }

  /** One change after the other: counting means something only while nothing is half written. */
  #alone<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
