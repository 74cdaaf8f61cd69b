/** Removals after which the table is renewed, at least. Renewing costs as much as there is in it. */
const RENEW_AFTER = 128;

/**
 * A map for what passes through: as many removals as insertions, few entries at any time.
 *
 * V8 links the table of a `Map` that is full to its successor. The first one that a full collection finds grows old with the
 * map; from then on each dead table keeps the next alive, and with it all that was ever in it, until the next full collection.
 * What lived for a millisecond is then copied and promoted as if it lived for ever. A `Map` that is replaced now and then has
 * no such chain. Removing while iterating is safe; what is added meanwhile may not be met.
 */
export class ChurnMap<K, V> {
  #map = new Map<K, V>();
  #removed = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    if (this.#removed > RENEW_AFTER && this.#removed > 2 * this.#map.size) this.#renew();
    this.#map.set(key, value);
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false;
    this.#removed++;
    return true;
  }

  keys(): IterableIterator<K> {
    return this.#map.keys();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.#map[Symbol.iterator]();
  }

  #renew(): void {
    this.#map = new Map(this.#map);
    this.#removed = 0;
  }
}
