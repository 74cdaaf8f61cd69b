import { isSettled } from '@precedent/tasks';
import type { DurableState, TaskRow } from '@precedent/tasks';

/**
 * The blobs of the checkpoints that no attempt will resume from after this change. The blobs of a lease that goes on are not among them,
 * because its worker overwrites them with the next checkpoints.
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
