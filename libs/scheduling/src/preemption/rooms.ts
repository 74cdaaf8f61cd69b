import type { EpochMs } from '@precedent/kernel';
import { least, minus, NOTHING, plus } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { Mode } from './mode.ts';
import type { Reservation, Running, WorkerView } from './snapshot.ts';

/** What freezing a task leaves occupied. */
const frozen = ({ memoryMb, gpu }: Amounts): Amounts => ({ slots: 0, cpuMilli: 0, memoryMb, gpu });

/** What a task occupies now. One on its way out occupies everything until its process has ended. */
export const heldBy = (task: Running): Amounts =>
  task.phase === 'suspended' ? frozen(task.usage) : task.usage;

/** What becomes free when a task leaves in this way. */
export const freedBy = (task: Running, mode: Mode | undefined): Amounts =>
  mode === 'suspend' ? minus(task.usage, frozen(task.usage)) : task.usage;

const isLeaving = ({ phase }: Running): boolean => phase === 'preempting' || phase === 'stopping';

/** It will end by itself: what is on its way out is counted as free already, and what is frozen comes no nearer to its end. */
export const goesOn = ({ phase }: Running): boolean =>
  phase === 'running' || phase === 'parked' || phase === 'assigned';

/** Those on their way out. */
export const leavingOf = (worker: WorkerView): Running[] => worker.running.filter(isLeaving);

/** What is free at this moment, whoever it is promised to. */
export const freeNow = (worker: WorkerView): Amounts => {
  let free = worker.others ? minus(worker.capacity, worker.others) : worker.capacity;
  for (const task of worker.running) free = minus(free, heldBy(task));
  return free;
};

/** What is free when all that is on its way out has left, promised or not. */
const freeSoon = (worker: WorkerView): Amounts => {
  let free = freeNow(worker);
  for (const task of worker.running) if (isLeaving(task)) free = plus(free, freedBy(task, task.mode));
  return free;
};

const sumOf = (reservations: readonly Reservation[]): Amounts => {
  let sum = NOTHING;
  for (const { amounts } of reservations) sum = plus(sum, amounts);
  return sum;
};

/** What nobody has and nobody is promised, when all that is on its way out has left. Below 0: more is promised than there is. */
export const unreserved = (worker: WorkerView, reservations: readonly Reservation[]): Amounts =>
  minus(freeSoon(worker), sumOf(reservations));

/**
 * What a task without a reservation may start on now: free at this moment, and not needed for anybody's reservation. It is
 * for the dispatcher, with the live reservations of the worker; below 0 where more is promised than there is.
 */
export const visibleRoom = (worker: WorkerView, reservations: readonly Reservation[]): Amounts =>
  least(freeNow(worker), unreserved(worker, reservations));

/** Reservations that have not run out. */
export const liveReservations = (reservations: readonly Reservation[], now: EpochMs): Reservation[] =>
  reservations.filter(({ expiresAt }) => expiresAt > now);
