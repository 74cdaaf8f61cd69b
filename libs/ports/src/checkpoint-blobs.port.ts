/**
 * States of checkpoints that are too large for the journal. Workers write them; the engine says which nobody goes on from any
 * more. Best effort: what cannot be removed now stays.
 */
export interface CheckpointBlobs {
  remove(refs: readonly string[]): void;
}
