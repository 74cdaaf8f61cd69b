import type { Verdict } from '@precedent/contract-types';
import { isUnstarted } from './attempts.ts';
import type { ChangeRecord } from './records.ts';
import type { TaskMachineState, TaskStep } from './task.table.ts';
import type { StopCause } from './task-state.ts';

/** Names of the live feed's events that a transition can cause. */
export type Announcement =
  | 'queued'
  | 'started'
  | 'stopping'
  | 'preempting'
  | 'preempted'
  | 'requeued'
  | 'rebanded'
  | 'retrying'
  | Exclude<Verdict, 'rejected'>;

/** The complete list of what the engine does after a transition, in this order. */
export type TaskEffect =
  | { readonly kind: 'journal'; readonly record: ChangeRecord }
  /** Send the lease that was just made to its worker. */
  | { readonly kind: 'assign' }
  /** Signal the worker to end the code of the lease. */
  | { readonly kind: 'stop'; readonly cause: StopCause }
  /** Signal the worker of a victim to free its slot, in the mode and by the deadline of the order that the task now has. */
  | { readonly kind: 'preempt' }
  /** Signal the worker that a victim, suspended by this decision or about to be, goes on. */
  | { readonly kind: 'resume'; readonly decision: string }
  | { readonly kind: 'enqueue' }
  /** Starts the first steps of a run of a workflow. */
  | { readonly kind: 'orchestrate' }
  | { readonly kind: 'announce'; readonly event: Announcement }
  | { readonly kind: 'settle' };

/** What follows from a step: its record, and what that record means for worker, queue and feed. */
export const taskEffects = ({ before, next, record }: TaskStep): TaskEffect[] => {
  if (record !== undefined) return [{ kind: 'journal', record }, ...followUps(record, { before, next })];
  if (next.state === 'orchestrating') return [ORCHESTRATE];
  return next.state === 'queued' ? [ENQUEUE] : [];
};

/** The event of the feed that a record of a task is; `undefined` for one that the feed does not show. `taskEffects` announces the same. */
export const announcementOf = (
  record: ChangeRecord,
  before: {
    readonly state: TaskMachineState['state'];
    readonly ahead?: true | undefined;
    /** It is a run of a workflow. */
    readonly isRun?: boolean | undefined;
  },
): Announcement | undefined => {
  switch (record.kind) {
    case 'leased':
      return record.ahead ? undefined : 'started';
    case 'requeued':
      return isUnstarted(before, record) ? undefined : 'requeued';
    case 'settled':
      return record.state;
    case 'preempting':
      return before.state === 'running' ? 'preempting' : undefined;
    case 'resumed':
      return 'started';
    case 'suspended':
      return 'preempted';
    case 'stopping':
    case 'preempted':
    case 'retrying':
    case 'rebanded':
      return record.kind;
    case 'ready':
      return before.isRun ? 'started' : 'queued';
    case 'edge':
    case 'due':
    case 'spared':
    case 'kept':
      return undefined;
  }
};

const ENQUEUE: TaskEffect = { kind: 'enqueue' };
const announce = (event: Announcement): TaskEffect => ({ kind: 'announce', event });

const ORCHESTRATE: TaskEffect = { kind: 'orchestrate' };
const ORCHESTRATED = [ORCHESTRATE, announce('started')] as const;
const QUEUED = [ENQUEUE, announce('queued')] as const;

const followUps = (
  record: ChangeRecord,
  { before, next }: Pick<TaskStep, 'before' | 'next'>,
): readonly TaskEffect[] => {
  switch (record.kind) {
    case 'leased':
      return record.ahead ? ASSIGNED : LEASED;
    case 'stopping':
      return [{ kind: 'stop', cause: record.stop }, announce('stopping')];
    case 'requeued':
      return isUnstarted(before.context, record) ? [ENQUEUE] : [ENQUEUE, announce('requeued')];
    case 'ready':
      return next.state === 'orchestrating' ? ORCHESTRATED : QUEUED;
    case 'rebanded':
      return before.state === 'queued' ? [ENQUEUE, announce('rebanded')] : [announce('rebanded')];
    case 'due':
      return [ENQUEUE];
    case 'settled':
      return SETTLED[record.state];
    case 'preempting':
      // The feed reports the first order only, and no stricter one that follows.
      return before.state === 'running'
        ? [{ kind: 'preempt' }, announce('preempting')]
        : [{ kind: 'preempt' }];
    case 'spared':
      return resume(before);
    case 'resumed':
      return [...resume(before), announce('started')];
    case 'suspended':
      return [announce('preempted')];
    case 'preempted':
    case 'retrying':
      return [announce(record.kind)];
    case 'edge':
    case 'kept':
      return [];
  }
};

/** It starts later, when a slot is free. */
const ASSIGNED: readonly TaskEffect[] = [{ kind: 'assign' }];
const LEASED: readonly TaskEffect[] = [{ kind: 'assign' }, announce('started')];
const settled = (state: Exclude<Verdict, 'rejected'>): readonly TaskEffect[] => [
  announce(state),
  { kind: 'settle' },
];
const SETTLED = {
  completed: settled('completed'),
  failed: settled('failed'),
  cancelled: settled('cancelled'),
  timed_out: settled('timed_out'),
  skipped: settled('skipped'),
} as const;

/** A victim with the order to suspend may have done so before its report arrived. */
const resume = ({ context: { preempt } }: TaskMachineState): TaskEffect[] =>
  preempt?.mode === 'suspend' ? [{ kind: 'resume', decision: preempt.decision }] : [];
