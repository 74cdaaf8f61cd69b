import { isSettled } from '@precedent/tasks';
import type { Kept, TaskRow } from '@precedent/tasks';

/**
 * The large states that a change has made superfluous: nobody goes on from them. Those of the lease that goes on are left alone,
 * because its worker writes the next ones in their place.
 */
export const blobsDone = (before: Kept, { state, epoch, kept }: TaskRow): readonly string[] => {
  if (before === kept || before.checkpoints === kept.checkpoints) return [];
  const needed = new Set(kept.checkpoints.map(({ ref }) => ref));
  return before.checkpoints.flatMap(({ ref, epoch: writtenBy }) => {
    const isOver = isSettled(state) || writtenBy !== epoch;
    return ref !== undefined && isOver && !needed.has(ref) ? [ref] : [];
  });
};
