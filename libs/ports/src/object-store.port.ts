import type { EpochMs } from '@precedent/kernel';

/** An object as it is listed. */
export interface StoredObject {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the content, hexadecimal. */
  readonly sha256: string;
  /** When it was stored. */
  readonly at: EpochMs;
  /** As it was given to `put`. */
  readonly contentType?: string;
}

/**
 * Named byte strings: artifacts, exports, parts of unfinished work. Every method rejects with NATS_UNREACHABLE when the store does
 * not answer. A name has 1 to 512 characters; `/` in it is only a habit.
 */
export interface ObjectStore {
  /** The largest object that `put` takes. */
  readonly maxObjectBytes: number;
  /**
   * Resolves when it is durable, in the place of what had this name: a reader sees the old object or the new one, nothing between.
   * Rejects with PAYLOAD_TOO_LARGE.
   */
  put(name: string, content: Uint8Array, options?: { readonly contentType?: string }): Promise<StoredObject>;
  /** `undefined` when there is none. Rejects with JOURNAL_CORRUPT when the content is not what was stored. */
  get(name: string): Promise<Uint8Array | undefined>;
  stat(name: string): Promise<StoredObject | undefined>;
  /** `false`: there was none. */
  remove(name: string): Promise<boolean>;
  /** Those whose names begin with `prefix`, by name. */
  list(prefix: string): Promise<readonly StoredObject[]>;
}
