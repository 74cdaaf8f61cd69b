/** The key that lists of names (schemas of records, assignments to objects) drop or take for the prototype. */
const KEY = '__proto__';

/**
 * Where a value that came as JSON has a key `__proto__`: the path to it, that key last; `undefined` where nothing has one. Such a key
 * would vanish on its way through a schema. The value is nested no deeper than a payload may be.
 */
export const protoKeyIn = (value: unknown): readonly string[] | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const path = name === KEY ? [] : protoKeyIn(inner);
    if (path !== undefined) return [name, ...path];
  }
  return undefined;
};
