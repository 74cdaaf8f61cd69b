/** Names a vector space: vectors of different models are never compared. */
export interface EmbeddingModel {
  /** Letters, digits and `-`: part of collection names. */
  readonly name: string;
  readonly dimensions: number;
}

/** Turns texts into unit vectors. */
export interface Embedder {
  readonly model: EmbeddingModel;
  /** One vector for each text, in order. Rejects EMBEDDER_UNAVAILABLE when the model cannot be used. */
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
  /** How common a word in lower case is in the texts that the model was made from: 0 (rare, or a name) to 1. Absent: not known. */
  readonly commonness?: (word: string) => number;
  close(): Promise<void>;
}
