import { isAppError, isOutage, retryUntilAborted } from '@precedent/kernel';
import type { AppError } from '@precedent/kernel';
import { wakeBy } from '@precedent/ports';
import type { Clock, VectorIndex } from '@precedent/ports';
import { INDEXED_FIELDS } from '../documents/document.ts';
import { wordVectors } from '../search/word-vectors.ts';
import type { ShelfNames } from './shelf-names.ts';
import { BARE } from './shelf.ts';
import type { Model, Shelf } from './shelf.ts';

export interface ShelfPlan {
  readonly index: VectorIndex;
  readonly names: ShelfNames;
  /** The configured model, when it can be used. */
  readonly own: Model | undefined;
  /** Loads a model that served before; `undefined` when it cannot be found any more. */
  readonly named: (name: string) => Promise<Model | undefined>;
}

/** What there is to work on. */
export interface OpenShelves {
  readonly serving: Shelf;
  /** Filled until it can serve: everything that is written goes there as well, since it was made. */
  readonly next?: Shelf;
  /** Points of the serving one have no vector, though its model is there now. */
  readonly hasBare: boolean;
  /** Nothing served: what is remembered elsewhere of how far it went is not true. */
  readonly isNew: boolean;
}

/** Points of an index without a model have some vector. */
const NO_DIMENSIONS = 4;

/**
 * Finds the collection that serves, and makes or finds the one of the configured model when that is another one. Done again after
 * it was cut short anywhere, it comes to the same. Rejects VECTORS_UNAVAILABLE, and INVALID_REQUEST for a collection that
 * somebody else made under one of our names: it is not touched.
 */
export const openShelves = async (plan: ShelfPlan): Promise<OpenShelves> => {
  const { index, names, own } = plan;
  await dropBefore(index, names);
  const configured = ownShelf(plan);
  const named = await index.behind(names.serving);
  const there = named ?? (await nameless(plan, configured));
  if (there === undefined) {
    const serving = await firstShelf(plan, configured);
    return { serving, hasBare: await lacksVectors(index, serving), isNew: true };
  }
  await dropAbandoned(plan, there.collection);
  const isOwn = there.collection === configured.collection;
  const serving = isOwn && own ? configured : await oldShelf(plan, there);
  await ensure(index, serving);
  const hasBare = await lacksVectors(index, serving);
  const open = { serving, hasBare, isNew: named === undefined };
  if (isOwn || own === undefined) return open;
  return { ...open, next: await nextShelf(plan, configured) };
};

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of what is in the way, at every try. */
  readonly onTrouble: (error: AppError) => void;
}

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;

/** Tries until nothing is in the way; `undefined` when it was told to stop first. */
export const openPatiently = (
  plan: ShelfPlan,
  { clock, signal, onTrouble }: Patience,
): Promise<OpenShelves | undefined> => {
  const isWorthIt = (error: unknown): boolean =>
    isOutage(error) || (isAppError(error) && error.code === 'INVALID_REQUEST');
  const onFailure = (error: unknown): void => {
    if (isAppError(error)) onTrouble(error);
  };
  const options = { signal, firstMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, isWorthIt, onFailure };
  return retryUntilAborted(() => openShelves(plan), { ...options, wake: wakeBy(clock) });
};

/** The one that served before, if it is still there. */
export const dropBefore = async (index: VectorIndex, names: ShelfNames): Promise<void> => {
  const [before, serving] = [await index.behind(names.before), await index.behind(names.serving)];
  if (before && before.collection !== serving?.collection) await index.drop(before.collection);
};

/** Makes the next one anew, and says so by its second name: only what has been written to from its beginning may ever serve. */
export const makeNext = async (index: VectorIndex, names: ShelfNames, shelf: Shelf): Promise<void> => {
  if ((await index.collections()).includes(shelf.collection)) {
    // Refused when it is not ours to drop.
    await ensure(index, shelf);
    await index.drop(shelf.collection);
  }
  await ensure(index, shelf);
  await index.alias(names.next, shelf.collection);
};

/** Makes the collection when it is not there. Rejects INVALID_REQUEST when it is there with another layout. */
export const ensure = (index: VectorIndex, { collection, dimensions }: Shelf): Promise<void> =>
  index.ensure({ name: collection, dimensions, indexed: INDEXED_FIELDS });

/** Of points that can get one now. */
const lacksVectors = async (index: VectorIndex, { collection, model }: Shelf): Promise<boolean> =>
  model !== undefined && (await index.size(collection, BARE)) > 0;

const ownShelf = ({ names, own }: ShelfPlan): Shelf => {
  const model = own?.documents.model;
  return {
    collection: names.of(model?.name),
    dimensions: model?.dimensions ?? NO_DIMENSIONS,
    ...withModel(own),
  };
};

const withModel = (model: Model | undefined): Pick<Shelf, 'model' | 'words'> =>
  model ? { model, words: wordVectors(model.queries) } : {};

/** Another collection of this cell, the fullest: a backup has no second names, and may be of another model. It serves as it did. */
const nameless = async (
  { index, names }: ShelfPlan,
  configured: Shelf,
): ReturnType<VectorIndex['behind']> => {
  let [fullest, most] = [configured.collection, 0];
  for (const collection of (await index.collections()).filter((name) => names.isOwn(name))) {
    const size = await index.size(collection, {});
    if (size > most || (size === most && collection === configured.collection))
      [fullest, most] = [collection, size];
  }
  if (fullest === configured.collection) return undefined;
  await index.alias(names.serving, fullest);
  return index.behind(names.serving);
};

const firstShelf = async ({ index, names }: ShelfPlan, shelf: Shelf): Promise<Shelf> => {
  await ensure(index, shelf);
  await index.alias(names.serving, shelf.collection);
  return shelf;
};

const oldShelf = async (
  { names, named }: ShelfPlan,
  { collection, dimensions }: { readonly collection: string; readonly dimensions: number },
): Promise<Shelf> => {
  const model = await named(names.modelOf(collection));
  const fits = model?.documents.model.dimensions === dimensions;
  return { collection, dimensions, ...(fits && withModel(model)) };
};

/** A next one that is not filled any more lacks what was written since: it is made anew when its model is configured again. */
const dropAbandoned = async ({ index, names, own }: ShelfPlan, serving: string): Promise<void> => {
  const next = await index.behind(names.next);
  if (next === undefined || next.collection === serving) return;
  if (own === undefined || next.collection !== names.of(own.documents.model.name))
    await index.drop(next.collection);
};

const nextShelf = async ({ index, names }: ShelfPlan, shelf: Shelf): Promise<Shelf> => {
  const next = await index.behind(names.next);
  if (next?.collection === shelf.collection) await ensure(index, shelf);
  else await makeNext(index, names, shelf);
  return shelf;
};
