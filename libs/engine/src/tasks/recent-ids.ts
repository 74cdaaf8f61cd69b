/** A set of ids that forgets the oldest: it has two generations, each half of the limit, and drops the older one as a whole. */
export class RecentIds {
  readonly #half: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(max: number) {
    this.#half = Math.max(1, Math.floor(max / 2));
  }

  add(id: string): void {
    this.#young.add(id);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  *all(): Generator<string> {
    yield* this.#old;
    yield* this.#young;
  }
}
