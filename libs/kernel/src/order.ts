/** A comparison: negative when `a` comes first. */
export type Order<T> = (a: T, b: T) => number;

export const asc =
  <T>(key: (item: T) => number | string): Order<T> =>
  (a, b) => {
    const ka = key(a);
    const kb = key(b);
    return ka < kb ? -1 : ka > kb ? 1 : 0;
  };

export const desc = <T>(key: (item: T) => number | string): Order<T> => {
  const order = asc(key);
  return (a, b) => order(b, a);
};

/** The first order that distinguishes the two decides. End the list with a unique key, so that no two are equal. */
export const orderBy =
  <T>(...orders: readonly Order<T>[]): Order<T> =>
  (a, b) => {
    for (const order of orders) {
      const verdict = order(a, b);
      if (verdict !== 0) return verdict;
    }
    return 0;
  };
