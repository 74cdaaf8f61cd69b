import type { SearchStatus } from '@precedent/contracts';
import type { IndexMemory } from '@precedent/ports';
import type { CollectionSet } from '@precedent/semantic';

/** Between two looks at the size of the index. Milliseconds. */
const LOOK_MS = 60_000;

/** Keeps the index within its memory, and knows what it takes. */
export class MemoryLimit {
  readonly #collections: Pick<CollectionSet, 'limitMemory'>;
  readonly #limitBytes: number;
  readonly #say: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  #latest: SearchStatus['memory'];
  #isLooking = false;

  constructor(
    collections: Pick<CollectionSet, 'limitMemory'>,
    limitBytes: number,
    say: (line: string) => void,
  ) {
    this.#collections = collections;
    this.#limitBytes = limitBytes;
    this.#say = say;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** As of the last look. */
  get latest(): SearchStatus['memory'] {
    return this.#latest;
  }

  /** Returns at once while a move is under way. When the index does not answer, the next look finds the same. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#took(await this.#collections.limitMemory(this.#limitBytes));
    } catch {
      // The indexer reports outages.
    } finally {
      this.#isLooking = false;
    }
  }

  #took(memory: IndexMemory): void {
    const [before, now] = [this.#latest?.onDisk ?? [], memory.onDisk];
    for (const name of now)
      if (!before.includes(name)) this.#say(`${name} is read from the disk: vectorizer.memory`);
    for (const name of before) if (!now.includes(name)) this.#say(`${name} is in memory again`);
    this.#latest = { ...memory, limitBytes: this.#limitBytes };
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
