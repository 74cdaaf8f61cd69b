import type { TaskView, WhyView } from '@precedent/contract-types';
import { BANDS, fieldOf, rankOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** A task as it is now; with why, where the engine still knows it. */
export interface TaskSnapshot {
  readonly task: TaskView;
  readonly why?: WhyView | undefined;
}

/**
 * What a task does or waits for, in one line for people and models, such as "preempted by a critical task, goes on from checkpoint 7,
 * 3rd in line, about 40 s". Of states and figures alone: no word in it is of the task or of its submitter.
 */
export const statusMessage = ({ task, why }: TaskSnapshot, now: EpochMs): string => {
  const { state } = task;
  switch (state) {
    case 'waiting':
    case 'queued':
    case 'preempted':
      return parts(preemption(task, why), waiting(task), line(why), aboutText(why?.startsInMs?.likely));
    case 'retrying':
      return parts(`waits to be tried again after ${attempts(task)}`, dueText(task, now));
    case 'running':
      return parts(running(task), progress(task), leftText(why?.endsInMs?.likely));
    case 'completed':
      return parts('completed', durationText(task));
    case 'failed':
    case 'timed_out':
      return `${state === 'failed' ? 'failed' : 'timed out'} after ${attempts(task)}`;
    case 'cancelled':
    case 'skipped':
    case 'rejected':
      return state;
  }
};

const parts = (...texts: readonly (string | undefined)[]): string =>
  texts.filter((text) => text !== undefined).join(', ');

const wasPreempted = ({ state, preemptions = 0 }: TaskView): boolean =>
  state === 'preempted' || preemptions > 0;

const preemption = (task: TaskView, why: WhyView | undefined): string | undefined => {
  if (!wasPreempted(task)) return undefined;
  const from = task.checkpoint ? `goes on from checkpoint ${task.checkpoint.seq}` : 'starts again';
  return `preempted by a ${preemptorBand(task, why)} task, ${from}`;
};

/** Only a critical task preempts a high one. What else is known of another namespace's task is its place in the order. */
const preemptorBand = ({ band }: TaskView, why: WhyView | undefined): string => {
  const record = why?.preemptedBy[0]?.record;
  const rank = fieldOf(fieldOf(fieldOf(record, 'decision'), 'preemptor'), 'base');
  const known = typeof rank === 'number' ? BANDS[rank] : undefined;
  return known ?? (rankOf(band) === rankOf('high') ? 'critical' : 'more urgent');
};

const WAITS: Readonly<Record<NonNullable<TaskView['waiting']>['reason'], string>> = {
  dependencies: 'waits for other tasks',
  no_worker: 'waits for a worker that can run it',
  no_free_slot: 'waits for a free slot',
  limit: 'waits for a limit',
  machine_load: 'waits until a machine is less busy',
  backoff: 'waits before it may start again',
  preempted: 'waits before it may start again',
  assigned: 'waits at a worker for the next free slot',
};

const waiting = (task: TaskView): string | undefined => {
  const { waiting: found } = task;
  if (found && (!wasPreempted(task) || found.reason === 'no_worker')) return WAITS[found.reason];
  return wasPreempted(task) ? undefined : 'waits';
};

const line = (why: WhyView | undefined): string | undefined =>
  why?.place && `${ordinal(why.place.before + 1)} in line`;

const running = ({ stopping, attempt }: TaskView): string => {
  if (stopping === 'preempt') return 'gives up its slot to a more urgent task';
  if (stopping !== undefined) return 'is being stopped';
  return attempt > 1 ? `runs, attempt ${attempt}` : 'runs';
};

const progress = ({ progress: reported }: TaskView): string | undefined =>
  reported && `${Math.round(reported.fraction * 100)}% done`;

const attempts = ({ attempt }: TaskView): string => `${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`;

const dueText = ({ dueAt }: TaskView, now: EpochMs): string | undefined =>
  dueAt === undefined ? undefined : aboutText(Math.max(0, dueAt - now));

const durationText = ({ startedAt, settledAt }: TaskView): string | undefined =>
  startedAt === undefined || settledAt === undefined ? undefined : `in ${roughly(settledAt - startedAt)}`;

const aboutText = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : `about ${roughly(ms)}`;

const leftText = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : `about ${roughly(ms)} left`;

/** With two digits at most: an estimate is no better. */
const roughly = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(1, Math.round(ms))} ms`;
  if (ms < 99_500) return `${Math.round(ms / 1_000)} s`;
  if (ms < 99.5 * 60_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
};

const ordinal = (n: number): string => {
  const teens = n % 100 >= 11 && n % 100 <= 13;
  const ending = teens ? undefined : { 1: 'st', 2: 'nd', 3: 'rd' }[n % 10];
  return `${n}${ending ?? 'th'}`;
};
