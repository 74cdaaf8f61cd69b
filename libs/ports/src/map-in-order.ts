/**
 * What `work` makes of each item, in the order of the items, for at most `width` of them at the same time. The source is read one item ahead, and
 * no further while results are not taken. An error of the source comes after the results before it.
 */
export async function* mapInOrder<Item, Result>(
  source: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const items = source[Symbol.asyncIterator]();
  const results: Promise<Result>[] = [];
  let next: Promise<IteratorResult<Item>> | undefined = handled(items.next());
  try {
    while (next !== undefined || results.length > 0) {
      const [first] = results;
      if (first && (next === undefined || results.length >= width || (await isEarlier(first, next)))) {
        void results.shift();
        yield await first;
      } else if (next !== undefined) {
        const read = next;
        const kind = await kindOf(read);
        results.push(...(kind === 'end' ? [] : [handled(read.then(({ value }) => work(value as Item)))]));
        next = kind === 'item' ? handled(items.next()) : undefined;
      }
    }
  } finally {
    // What it waits for may never come.
    void items.return?.().catch(() => undefined);
  }
}

const kindOf = (read: Promise<IteratorResult<unknown>>): Promise<'item' | 'end' | 'failure'> =>
  read.then(
    ({ done }) => (done === true ? 'end' : 'item'),
    () => 'failure',
  );

/** Its rejection counts when it is its turn. */
const handled = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};

/** Whether one settles before the other. */
const isEarlier = (one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> => {
  const [earlier, later] = [() => true, () => false];
  return Promise.race([one.then(earlier, earlier), other.then(later, later)]);
};
