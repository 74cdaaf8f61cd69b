/** Queries are embedded before documents, because a client waits for them. */
export type TextPriority = 'query' | 'document';

/** After this many queries in a row a document is embedded, so that none waits for ever. */
const QUERIES_IN_A_ROW = 8;

/** A FIFO queue of texts for each priority. */
export class TextQueues<T> {
  readonly #waiting: Record<TextPriority, Set<T>> = { query: new Set(), document: new Set() };
  #inARow = 0;

  get size(): number {
    return this.#waiting.query.size + this.#waiting.document.size;
  }

  add(priority: TextPriority, one: T): void {
    this.#waiting[priority].add(one);
  }

  delete(one: T): void {
    if (!this.#waiting.query.delete(one)) this.#waiting.document.delete(one);
  }

  /** Removes and returns the next text; `undefined` when both queues are empty. */
  take(): T | undefined {
    const { query, document } = this.#waiting;
    const isTurn = document.size > 0 && this.#inARow >= QUERIES_IN_A_ROW;
    const priority = query.size > 0 && !isTurn ? query : document;
    const [one] = priority;
    if (one === undefined) return undefined;
    this.#inARow = priority === query ? this.#inARow + 1 : 0;
    priority.delete(one);
    return one;
  }
}
