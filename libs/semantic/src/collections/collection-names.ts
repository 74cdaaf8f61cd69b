import { AppError } from '@precedent/kernel';
import { shortHash } from '../documents/uuid5.ts';

/** The names of the collections of one cell, and the aliases that say what each of them is for. */
export interface CollectionNames {
  /** Alias of the collection that searches run on. */
  readonly active: string;
  /** Alias of the collection that is filled for another model. It stays when that collection becomes active. */
  readonly pending: string;
  /** Alias of the collection that was active before, until it is dropped. */
  readonly previous: string;
  /** The collection of a model; `undefined` is no model. */
  of(model: string | undefined): string;
  /** Whether a collection is one of this cell. */
  isOwn(collection: string): boolean;
  /** The model of a collection. */
  modelOf(collection: string): string;
}

/** A collection name has room for 40 characters of the model's name next to the mark of a cell. */
const MODEL_NAME = /^[A-Za-z0-9-]{1,40}$/;
const NONE = 'none';
/** The mark of another cell, after the prefix of the default cell's collections. */
const MARKED = /^[0-9a-f]{8}-/;

/** Cells share a Qdrant server, but no collection. `cell` names the cell; the empty name is the default cell, whose names have no mark. */
export const collectionNames = (cell = ''): CollectionNames => {
  const mark = cell === '' ? '' : `${shortHash(cell).slice(0, 8)}-`;
  const active = cell === '' ? 'task-interactions' : `task-interactions-${mark.slice(0, -1)}`;
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
