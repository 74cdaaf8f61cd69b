import type { TaskView } from '@precedent/contract-types';

type Waiting = NonNullable<TaskView['waiting']>;

/** Where the text of the engine may name other tasks, or how many there are, this one replaces it. */
const WAIT_TEXTS: Readonly<Partial<Record<Waiting['reason'], string>>> = {
  no_free_slot: 'the slots that fit it are taken or reserved, or go to tasks before it',
  limit: 'a limit that it is under lets no more tasks start now',
  machine_load: 'the machines of the workers that fit it are too busy for more tasks of its band',
};

/** Their texts are made of what the task itself has. */
const OWN_TEXTS: readonly Waiting['reason'][] = ['no_worker', 'backoff', 'preempted', 'assigned'];

/** A task in the caller's scope, without what others are doing. */
export const maskedTask = (view: TaskView): TaskView =>
  view.waiting === undefined ? view : { ...view, waiting: maskedWaiting(view.waiting) };

const maskedWaiting = ({ reason, detail }: Waiting): Waiting => ({
  reason,
  detail: OWN_TEXTS.includes(reason) ? detail : (WAIT_TEXTS[reason] ?? 'it waits for a slot'),
});
