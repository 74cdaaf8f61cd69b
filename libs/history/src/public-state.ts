import type { TaskState } from '@precedent/contract-types';
import type { TaskRow } from '@precedent/tasks';

/** The state that a user sees, as the engine shows it: a victim is `preempted` until it runs again. */
export const publicStateOf = ({ state, kept }: TaskRow): TaskState => {
  if (state === 'stopping' || state === 'preempting') return 'running';
  if (state === 'suspended') return 'preempted';
  if (state === 'queued' && kept.resuming && kept.preemptions > 0) return 'preempted';
  return state === 'pending' ? 'queued' : state;
};
