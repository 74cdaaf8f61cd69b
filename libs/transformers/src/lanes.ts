/** Queries are served before documents: somebody waits for them. */
export type Lane = 'query' | 'document';

/** After so many queries in a row a document has its turn: none waits for ever. */
const QUERIES_IN_A_ROW = 8;

/** What waits, in two lanes, each in its order. */
export class Lanes<T> {
  readonly #waiting: Record<Lane, Set<T>> = { query: new Set(), document: new Set() };
  #inARow = 0;

  get size(): number {
    return this.#waiting.query.size + this.#waiting.document.size;
  }

  add(lane: Lane, one: T): void {
    this.#waiting[lane].add(one);
  }

  delete(one: T): void {
    if (!this.#waiting.query.delete(one)) this.#waiting.document.delete(one);
  }

  /** Takes the next one out; `undefined` when nothing waits. */
  take(): T | undefined {
    const { query, document } = this.#waiting;
    const isTurn = document.size > 0 && this.#inARow >= QUERIES_IN_A_ROW;
    const lane = query.size > 0 && !isTurn ? query : document;
    const [one] = lane;
    if (one === undefined) return undefined;
    this.#inARow = lane === query ? this.#inARow + 1 : 0;
    lane.delete(one);
    return one;
  }
}
