/** What a stream gives, as many items at once as there are within a turn of the event loop, at most `max`. */
export async function* itemBatches<T>(stream: AsyncIterable<T>, max: number): AsyncGenerator<readonly T[]> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    let next = nextOf(iterator);
    for (;;) {
      const batch: T[] = [];
      let item: IteratorResult<T> | undefined = await next;
      while (item !== undefined && item.done !== true) {
        batch.push(item.value);
        next = nextOf(iterator);
        item = batch.length < max ? await Promise.race([next, turn()]) : undefined;
      }
      if (batch.length > 0) yield batch;
      if (item?.done === true) return;
    }
  } finally {
    // It ends when the signal of the stream is aborted: a stream that waits for an item does not hear of this before.
    iterator.return?.().catch(() => undefined);
  }
}

/** Its failure is met when the item is awaited, perhaps after a batch was worked on. */
const nextOf = <T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> => {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
};

const turn = (): Promise<undefined> => new Promise((resolve) => void setImmediate(() => resolve(undefined)));
