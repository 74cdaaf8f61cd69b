const FRONT = 'user_';

/** Collections of tasks have a prefix, so that none of them is one of the engine's own. */
export const userCollection = (name: string): string => FRONT + name;

/** As a user names it; `undefined` for one of the engine's own. */
export const userNameOf = (collection: string): string | undefined =>
  collection.startsWith(FRONT) ? collection.slice(FRONT.length) : undefined;

/** The field of a point that names the model its vector is of; empty when a user brought the vector. */
export const EMBEDDER_FIELD = 'embedder';
