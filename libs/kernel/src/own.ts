/**
 * The value that an object has under a key that comes from outside; `undefined` for `constructor`, `__proto__` and whatever
 * else every object inherits.
 */
export const ownValue = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
