import { isAppError, isOutage, retryUntilAborted } from '@precedent/kernel';
import type { AppError } from '@precedent/kernel';
import { wakeBy } from '@precedent/ports';
import type { Clock, VectorIndex } from '@precedent/ports';
import { INDEXED_FIELDS } from '../documents/document.ts';
import { wordVectors } from '../search/word-vectors.ts';
import type { CollectionNames } from './collection-names.ts';
import { UNEMBEDDED } from './embedded-collection.ts';
import type { Model, EmbeddedCollection } from './embedded-collection.ts';

export interface CollectionPlan {
  readonly index: VectorIndex;
  readonly names: CollectionNames;
  /** The configured model, when it can be used. */
  readonly own: Model | undefined;
  /** Loads a model by its name; `undefined` when its files are gone. */
  readonly named: (name: string) => Promise<Model | undefined>;
}

/** The collections of a cell when the service starts. */
export interface OpenCollections {
  readonly active: EmbeddedCollection;
  /** Filled until it can become the active one: since it was created, every write goes to it as well. */
  readonly pending?: EmbeddedCollection;
  /** Points of the active collection have no vector, though its model can be loaded now. */
  readonly hasUnembedded: boolean;
  /** There was no active collection: a stored position belongs to another index. */
  readonly isNew: boolean;
}

/** The dimensions of placeholder vectors, where no model is configured. */
const PLACEHOLDER_DIMENSIONS = 4;

/**
 * Finds the active collection, and creates or finds the pending one when another model is configured. Calling it again after an
 * interruption at any point has the same result. Rejects VECTORS_UNAVAILABLE, and INVALID_REQUEST for a foreign collection
 * under one of our names, which is not touched.
 */
export const openCollections = async (plan: CollectionPlan): Promise<OpenCollections> => {
  const { index, names, own } = plan;
  await dropPrevious(index, names);
  const configured = configuredCollection(plan);
  const named = await index.behind(names.active);
  const present = named ?? (await withoutAlias(plan, configured));
  if (present === undefined) {
    const active = await createFirst(plan, configured);
    return { active, hasUnembedded: await lacksVectors(index, active), isNew: true };
  }
  await dropAbandoned(plan, present.collection);
  const isOwn = present.collection === configured.collection;
  const active = isOwn && own ? configured : await withItsModel(plan, present);
  await ensure(index, active);
  const hasUnembedded = await lacksVectors(index, active);
  const open = { active, hasUnembedded, isNew: named === undefined };
  if (isOwn || own === undefined) return open;
  return { ...open, pending: await openPending(plan, configured) };
};

export interface OpenRetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the reason at every attempt that fails. */
  readonly onTrouble: (error: AppError) => void;
}

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 10_000;

/** Retries until the collections are open; `undefined` when the signal aborts first. */
export const openWithRetry = (
  plan: CollectionPlan,
  { clock, signal, onTrouble }: OpenRetryOptions,
): Promise<OpenCollections | undefined> => {
  const isWorthIt = (error: unknown): boolean =>
    isOutage(error) || (isAppError(error) && error.code === 'INVALID_REQUEST');
  const onFailure = (error: unknown): void => {
    if (isAppError(error)) onTrouble(error);
  };
  const options = { signal, firstMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, isWorthIt, onFailure };
  return retryUntilAborted(() => openCollections(plan), { ...options, wake: wakeBy(clock) });
};

/** Drops the collection that was active before, if it still exists. */
export const dropPrevious = async (index: VectorIndex, names: CollectionNames): Promise<void> => {
  const [before, active] = [await index.behind(names.previous), await index.behind(names.active)];
  if (before && before.collection !== active?.collection) await index.drop(before.collection);
};

/** Creates the pending collection again and sets its alias: only one that got every write since its creation may become active. */
export const createPending = async (
  index: VectorIndex,
  names: CollectionNames,
  target: EmbeddedCollection,
): Promise<void> => {
  if ((await index.collections()).includes(target.collection)) {
    // Rejects when the collection belongs to another program.
    await ensure(index, target);
    await index.drop(target.collection);
  }
  await ensure(index, target);
  await index.alias(names.pending, target.collection);
};

/** Creates the collection when it does not exist. Rejects INVALID_REQUEST when it exists with another layout. */
export const ensure = (index: VectorIndex, { collection, dimensions }: EmbeddedCollection): Promise<void> =>
  index.ensure({ name: collection, dimensions, indexed: INDEXED_FIELDS });

/** Whether points without a vector can get one now. */
const lacksVectors = async (
  index: VectorIndex,
  { collection, model }: EmbeddedCollection,
): Promise<boolean> => model !== undefined && (await index.size(collection, UNEMBEDDED)) > 0;

const configuredCollection = ({ names, own }: CollectionPlan): EmbeddedCollection => {
  const model = own?.documents.model;
  return {
    collection: names.of(model?.name),
    dimensions: model?.dimensions ?? PLACEHOLDER_DIMENSIONS,
    ...withModel(own),
  };
};

const withModel = (model: Model | undefined): Pick<EmbeddedCollection, 'model' | 'words'> =>
  model ? { model, words: wordVectors(model.queries) } : {};

/** The fullest other collection of this cell becomes active again: a backup has no aliases, and may be of another model. */
const withoutAlias = async (
  { index, names }: CollectionPlan,
  configured: EmbeddedCollection,
): ReturnType<VectorIndex['behind']> => {
  let [fullest, most] = [configured.collection, 0];
  for (const collection of (await index.collections()).filter((name) => names.isOwn(name))) {
    const size = await index.size(collection, {});
    if (size > most || (size === most && collection === configured.collection))
      [fullest, most] = [collection, size];
  }
  if (fullest === configured.collection) return undefined;
  await index.alias(names.active, fullest);
  return index.behind(names.active);
};

const createFirst = async (
  { index, names }: CollectionPlan,
  target: EmbeddedCollection,
): Promise<EmbeddedCollection> => {
  await ensure(index, target);
  await index.alias(names.active, target.collection);
  return target;
};

const withItsModel = async (
  { names, named }: CollectionPlan,
  { collection, dimensions }: { readonly collection: string; readonly dimensions: number },
): Promise<EmbeddedCollection> => {
  const model = await named(names.modelOf(collection));
  const fits = model?.documents.model.dimensions === dimensions;
  return { collection, dimensions, ...(fits && withModel(model)) };
};

/** A pending collection that is not filled any more lacks later writes: it is created again when its model is configured again. */
const dropAbandoned = async ({ index, names, own }: CollectionPlan, active: string): Promise<void> => {
  const next = await index.behind(names.pending);
  if (next === undefined || next.collection === active) return;
  if (own === undefined || next.collection !== names.of(own.documents.model.name))
    await index.drop(next.collection);
};

const openPending = async (
  { index, names }: CollectionPlan,
  target: EmbeddedCollection,
): Promise<EmbeddedCollection> => {
  const next = await index.behind(names.pending);
  if (next?.collection === target.collection) await ensure(index, target);
  else await createPending(index, names, target);
  return target;
};
