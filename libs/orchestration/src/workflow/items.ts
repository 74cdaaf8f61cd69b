/** One character for each item of a map: `?` not started, `o` open, `+` completed, `-` ended otherwise. */
const [WAITS, OPEN, MET, LOST] = ['?', 'o', '+', '-'].map((char) => char.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];

/** The items of a map, or the batches of them: a byte for each, because there may be 100,000. */
export class Items {
  readonly #states: Uint8Array;
  /** Results in the order of the items, where they are kept. */
  readonly results: unknown[] | undefined;
  /** What is given to the tasks; `undefined`: the index itself. */
  readonly list: readonly unknown[] | undefined;
  readonly count: number;
  #next = 0;
  open = 0;
  completed = 0;
  lost = 0;

  constructor(items: readonly unknown[] | number, keepsResults: boolean) {
    this.list = typeof items === 'number' ? undefined : items;
    this.count = typeof items === 'number' ? items : items.length;
    this.#states = new Uint8Array(this.count).fill(WAITS);
    this.results = keepsResults ? [] : undefined;
  }

  get ended(): number {
    return this.completed + this.lost;
  }

  /** The first one that was not started; `undefined` when all were. */
  get next(): number | undefined {
    while (this.#next < this.count && this.#states[this.#next] !== WAITS) this.#next++;
    return this.#next < this.count ? this.#next : undefined;
  }

  /** `size`: items in its batch. */
  started(index: number, size: number): void {
    if (this.#states[index] !== WAITS) return;
    this.#states.fill(OPEN, index, index + size);
    this.open += this.#sizeFrom(index, size);
  }

  settled(
    index: number,
    size: number,
    { isMet, result }: { readonly isMet: boolean; readonly result: unknown },
  ): void {
    if (this.#states[index] !== OPEN) return;
    const items = this.#sizeFrom(index, size);
    this.#states.fill(isMet ? MET : LOST, index, index + size);
    this.open -= items;
    if (isMet) this.completed += items;
    else this.lost += items;
    if (this.results) this.#keep(index, { items, isBatch: size > 1 }, isMet ? result : null);
  }

  /** A batch gives a list with a result for each of its items, or one result for all. */
  #keep(
    index: number,
    { items, isBatch }: { readonly items: number; readonly isBatch: boolean },
    result: unknown,
  ): void {
    const isList = isBatch && Array.isArray(result) && result.length === items;
    for (let at = 0; at < items; at++)
      if (this.results) this.results[index + at] = isList ? (result as unknown[])[at] : result;
  }

  #sizeFrom(index: number, size: number): number {
    return Math.min(size, this.count - index);
  }

  toJSON(): StoredItems {
    return {
      items: this.list ?? this.count,
      states: Array.from(this.#states, (code) => String.fromCharCode(code)).join(''),
      ...(this.results && { results: this.results }),
    };
  }

  static restored({ items, states, results }: StoredItems): Items {
    const restored = new Items(items, results !== undefined);
    for (let at = 0; at < restored.count; at++) restored.#restore(at, states.charCodeAt(at));
    for (const result of results ?? []) restored.results?.push(result);
    return restored;
  }

  #restore(at: number, state: number): void {
    this.#states[at] = state;
    if (state === OPEN) this.open++;
    else if (state === MET) this.completed++;
    else if (state === LOST) this.lost++;
  }
}

export interface StoredItems {
  readonly items: readonly unknown[] | number;
  readonly states: string;
  readonly results?: readonly unknown[] | undefined;
}
