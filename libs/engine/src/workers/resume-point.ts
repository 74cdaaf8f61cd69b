import type { LeaseResume } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';

/** What earlier leases of a task have left for the next one; `undefined` when that is nothing. */
export const resumePointOf = ({ kept }: TaskRow): LeaseResume | undefined => {
  const checkpoint = kept.checkpoints[0];
  if (checkpoint === undefined && kept.undo.length === 0 && kept.segments === 0) return undefined;
  return { ...(checkpoint && { checkpoint }), undo: kept.undo, segments: kept.segments };
};
