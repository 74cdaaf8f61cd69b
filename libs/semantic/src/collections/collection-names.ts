import { AppError } from '@precedent/kernel';
import { shortHash } from '../documents/uuid5.ts';

/** The names of the collections of one cell, and the aliases that say what each of them is for. */
export interface CollectionNames {
  /** Alias of the collection that searches run on. */
  readonly active: string;
  /** Alias of the one that is being filled for another model. It is left when that one becomes active. */
  readonly pending: string;
  /** Alias of the one that was active before, until it is dropped. */
  readonly previous: string;
  /** The collection of a model; of none, where there is no model. */
  of(model: string | undefined): string;
  /** Whether a collection is one of this cell. */
  isOwn(collection: string): boolean;
  /** The model of a collection. */
  modelOf(collection: string): string;
}

/** Letters of a model's name: a collection's has room for so many, and for the mark of a cell. */
const MODEL_NAME = /^[A-Za-z0-9-]{1,40}$/;
const NONE = 'none';
/** What the name of another cell's collection goes on with, seen from the default one. */
const MARKED = /^[0-9a-f]{8}-/;

/** Cells share a Qdrant, but no collection. `place` names the cell; that of the default one is empty, and leaves no mark. */
export const collectionNames = (place = ''): CollectionNames => {
  const mark = place === '' ? '' : `${shortHash(place).slice(0, 8)}-`;
  const active = place === '' ? 'task-interactions' : `task-interactions-${mark.slice(0, -1)}`;
  const prefix = `interactions-${mark}`;
  return {
    active,
    pending: `${active}-next`,
    previous: `${active}-before`,
    of: (model = NONE) => {
      if (MODEL_NAME.test(model)) return `${prefix}${model}`;
      const expected = '1 to 40 letters, digits and "-"';
      throw new AppError('INVALID_CONFIG', `the name of a model is ${expected}; got "${model}"`);
    },
    isOwn: (collection) =>
      collection.startsWith(prefix) && (mark !== '' || !MARKED.test(collection.slice(prefix.length))),
    modelOf: (collection) => collection.slice(prefix.length),
  };
};
