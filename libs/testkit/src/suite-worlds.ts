import { afterEach } from 'vitest';

/** Where the parts of a suite live. */
export interface SuiteWorld<T> {
  /** Another call gives the part of another process. */
  open(): Promise<T>;
  close(): Promise<void>;
}

/** Makes a world with two parts for each test, and closes it afterwards. */
export const suiteWorlds = <T, W extends SuiteWorld<T>>(make: () => Promise<W>) => {
  const worlds: W[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  return async (): Promise<{ world: W; one: T; other: T }> => {
    const world = await make();
    worlds.push(world);
    return { world, one: await world.open(), other: await world.open() };
  };
};
