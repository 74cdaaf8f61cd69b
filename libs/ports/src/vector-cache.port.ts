/** Vectors of texts that were embedded before, by key. A cache: what it forgets is embedded again. */
export interface VectorCache {
  /** The vectors that it has; keys without one are left out. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  write(vectors: ReadonlyMap<string, Float32Array>): Promise<void>;
  close(): Promise<void>;
}
