import type { EpochMs } from '@precedent/kernel';
import type { KeyEntry } from '@precedent/tasks';

/** The idempotency keys of a cell. The journal rebuilds them, so they outlive the duplicate window of the message bus. */
export class IdempotencyKeys {
  readonly #retentionMs: number;
  readonly #max: number;
  readonly #entries = new Map<string, KeyEntry>();

  constructor(limits: { readonly retentionMs: number; readonly maxKeys: number }) {
    this.#retentionMs = limits.retentionMs;
    this.#max = limits.maxKeys;
  }

  get(namespace: string, key: string, now: EpochMs): KeyEntry | undefined {
    const entry = this.#entries.get(scoped(namespace, key));
    return entry && entry.at + this.#retentionMs > now ? entry : undefined;
  }

  set(namespace: string, key: string, entry: KeyEntry): void {
    const name = scoped(namespace, key);
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    if (this.#entries.size > this.#max) this.#dropFirst();
  }

  /** Frees the key, unless another task has it by now. */
  release(namespace: string, key: string, id: string): void {
    const name = scoped(namespace, key);
    if (this.#entries.get(name)?.id === id) this.#entries.delete(name);
  }

  /** Forgets the keys past their retention. Entries are in the order of their time, so it stops at the first that is not. */
  expire(now: EpochMs): void {
    for (const [name, entry] of this.#entries) {
      if (entry.at + this.#retentionMs > now) return;
      this.#entries.delete(name);
    }
  }

  entries(): IterableIterator<[string, KeyEntry]> {
    return this.#entries.entries();
  }

  restore(name: string, entry: KeyEntry): void {
    this.#entries.set(name, entry);
  }

  #dropFirst(): void {
    const first = this.#entries.keys().next();
    if (!first.done) this.#entries.delete(first.value);
  }
}

// A namespace contains no slash, so the pair is unambiguous.
const scoped = (namespace: string, key: string): string => `${namespace}/${key}`;
