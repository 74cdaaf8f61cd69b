import { settlesWithin, unlessAborted } from '@precedent/kernel';
import { streamStalled } from '@precedent/ports';

export interface ReadAheadOptions {
  readonly size: number;
  /** How long the source may give nothing. Milliseconds. */
  readonly stallMs: number;
  /** Ends the wait for the source. */
  readonly signal: AbortSignal;
}

/**
 * What a source has given while the last batch was used, at most `size` at a time. The source is read no further than one batch ahead. Throws
 * INVALID_REQUEST when it gives nothing for `stallMs`, which counts only while this waits for it.
 */
export async function* readBatches<Item>(
  source: AsyncIterable<Item>,
  { size, stallMs, signal }: ReadAheadOptions,
): AsyncGenerator<readonly Item[]> {
  const reader = readAhead(source, size);
  for (;;) {
    if (!(await unlessAborted(settlesWithin(reader.ready(), stallMs), signal))) throw streamStalled(stallMs);
    await reader.ready();
    const batch = reader.take();
    if (batch.length === 0) return;
    yield batch;
  }
}

interface ReadAhead<Item> {
  /** Settles when there is an item, or the source has ended: then it rejects with the error of the source. */
  ready(): Promise<void>;
  take(): readonly Item[];
}

const readAhead = <Item>(source: AsyncIterable<Item>, size: number): ReadAhead<Item> => {
  let items: Item[] = [];
  let [filled, emptied] = [deferred(), deferred()];
  const read = async (): Promise<void> => {
    for await (const item of source) {
      items.push(item);
      filled.resolve();
      if (items.length >= size) await emptied.promise;
    }
  };
  const ended = read();
  ended.catch(() => undefined);
  return {
    ready: () => (items.length > 0 ? Promise.resolve() : Promise.race([filled.promise, ended])),
    take: () => {
      const taken = items;
      items = [];
      emptied.resolve();
      [filled, emptied] = [deferred(), deferred()];
      return taken;
    },
  };
};

const deferred = () => Promise.withResolvers<void>();
