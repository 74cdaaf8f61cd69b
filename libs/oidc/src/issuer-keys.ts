import type { createLocalJWKSet } from 'jose';
import { messageOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** Finds the key of a signature. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Keys that were read are used for this long before they are read again, so that one that the provider withdrew ends by then. Milliseconds. */
const FRESH_MS = 600_000;
/** How long keys that were read are good while the provider cannot be reached. Milliseconds. */
const GOOD_MS = 86_400_000;
/** Between two reads, however many tokens name unknown keys. Milliseconds. */
const PAUSE_MS = 10_000;

export interface IssuerKeysOptions {
  readonly read: () => Promise<KeySet>;
  readonly now: () => EpochMs;
}

/** The keys of a provider, as they were read last. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #known: { readonly set: KeySet; readonly readAt: EpochMs } | undefined;
  /** Of the last read, whatever came of it. */
  #triedAt = Number.NEGATIVE_INFINITY;
  #fault: string | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** Why the last read failed; `undefined` when it did not. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** The keys, read again when they are not fresh; `undefined` when there are none that are good. */
  async get(): Promise<KeySet | undefined> {
    if (this.#age() > FRESH_MS) await this.#read();
    return this.#age() <= GOOD_MS ? this.#known?.set : undefined;
  }

  /** The keys that are there now, for a token that names none of `known`; `undefined` when there are no others. */
  async getOther(known: KeySet): Promise<KeySet | undefined> {
    await this.#read();
    return this.#known?.set === known ? undefined : this.#known?.set;
  }

  #age(): number {
    return this.#options.now() - (this.#known?.readAt ?? Number.NEGATIVE_INFINITY);
  }

  /** Never rejects. All who want the keys at once share one read. */
  async #read(): Promise<void> {
    if (this.#reading === undefined && this.#options.now() - this.#triedAt < PAUSE_MS) return;
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #readNow(): Promise<void> {
    const { read, now } = this.#options;
    this.#triedAt = now();
    try {
      this.#known = { set: await read(), readAt: this.#triedAt };
      this.#fault = undefined;
    } catch (error) {
      this.#fault = messageOf(error);
    }
  }
}
