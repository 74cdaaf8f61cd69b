/**
 * How a victim leaves, the gentlest first.
 *
 *   never          it does not
 *   delay          it is left alone until its predicted end, at most `delayMaxMs`; then as at_checkpoint
 *   at_checkpoint  it receives a request to stop at its next safe point, until a deadline
 *   suspend        its process is frozen where it is: frees slot and processor, keeps memory and GPUs
 *   immediate      it is aborted, and after a grace ended by force; it goes on from its last checkpoint
 */
export const MODES = ['never', 'delay', 'at_checkpoint', 'suspend', 'immediate'] as const;
export type Mode = (typeof MODES)[number];

const STRICTNESS: Readonly<Record<Mode, number>> = {
  never: 0,
  delay: 1,
  at_checkpoint: 2,
  suspend: 3,
  immediate: 4,
};

export const gentlerOf = (a: Mode, b: Mode): Mode => (STRICTNESS[a] <= STRICTNESS[b] ? a : b);
