/**
 * States of checkpoints that are too large for the journal. Workers write them; the engine names those from which no
 * attempt can resume any more. Best effort: what cannot be removed now stays.
 */
export interface CheckpointBlobs {
  remove(refs: readonly string[]): void;
}
