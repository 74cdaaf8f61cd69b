import { isSettled } from '@precedent/tasks';
import type { DurableState, TaskRow } from '@precedent/tasks';

/**
 * The blobs of checkpoints from which no attempt will go on after this change. Those of a lease that goes on are left alone, because its
 * worker writes the next ones in their place.
 */
export const obsoleteBlobs = (
  before: DurableState,
  { state, epoch, durable }: TaskRow,
): readonly string[] => {
  if (before === durable || before.checkpoints === durable.checkpoints) return [];
  const needed = new Set(durable.checkpoints.map(({ ref }) => ref));
  return before.checkpoints.flatMap(({ ref, epoch: writtenBy }) => {
    const isOver = isSettled(state) || writtenBy !== epoch;
    return ref !== undefined && isOver && !needed.has(ref) ? [ref] : [];
  });
};
