import { canonicalJson, canonicalText } from '@precedent/kernel';
import { sha256Hex } from '@precedent/ports';
import type { Checkpoint } from '@precedent/tasks';

/** Whether the state is what the worker saved. One in the object store is not compared here: the worker does that when it has read it. */
export const isAsSaved = ({ hash, state, ref }: Checkpoint): boolean =>
  ref !== undefined ||
  sha256Hex(canonicalText(state)) === hash ||
  // Older workers wrote keys that look like integers in the order of their numbers.
  sha256Hex(canonicalJson(state)) === hash;
