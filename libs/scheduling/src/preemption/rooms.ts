import type { EpochMs } from '@precedent/kernel';
import { least, minus, NO_AMOUNTS, plus, total } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { Mode } from './mode.ts';
import type { Reservation, Running, SnapshotWorker } from './snapshot.ts';

/** What freezing a task leaves occupied. */
export const frozen = ({ memoryMb, gpu }: Amounts): Amounts => ({ slots: 0, cpuMilli: 0, memoryMb, gpu });

/** What freezing a task gives back; what a task in an express slot does not occupy. */
export const freedByFreezing = (usage: Amounts): Amounts => minus(usage, frozen(usage));

/** What a task occupies now. One on its way out occupies everything until its process has ended. */
export const heldBy = (task: Running): Amounts =>
  task.phase === 'suspended' ? frozen(task.usage) : task.usage;

/** What becomes free when a task leaves in this way. */
export const freedBy = (task: Running, mode: Mode | undefined): Amounts =>
  mode === 'suspend' ? freedByFreezing(task.usage) : task.usage;

const isLeaving = ({ phase }: Running): boolean => phase === 'preempting' || phase === 'stopping';

/** It will end by itself: what is on its way out is counted as free already, and what is frozen comes no nearer to its end. */
export const goesOn = ({ phase }: Running): boolean =>
  phase === 'running' || phase === 'parked' || phase === 'assigned';

/** Those on their way out. */
export const leavingOf = (worker: SnapshotWorker): Running[] => worker.running.filter(isLeaving);

/** What is free at this moment, reserved or not. */
export const freeNow = ({ capacity, others, running }: SnapshotWorker): Amounts => {
  const free = minus(capacity, total(running, heldBy));
  return others ? minus(free, others) : free;
};

/** What those on their way out leave behind. */
const leftSoon = ({ running }: SnapshotWorker): Amounts =>
  total(running, (task) => (isLeaving(task) ? freedBy(task, task.mode) : undefined));

/** What is neither used nor reserved, when all that is on its way out has left. Below 0: more is promised than there is. */
export const unreserved = (worker: SnapshotWorker, reservations: readonly Reservation[]): Amounts =>
  minus(plus(freeNow(worker), leftSoon(worker)), promised(reservations));

const promised = (reservations: readonly Reservation[]): Amounts =>
  reservations.length === 0 ? NO_AMOUNTS : total(reservations, ({ amounts }) => amounts);

/** What a task without a reservation may start on now: free at this moment, and not needed for anybody's reservation. */
export const visibleRoom = (worker: SnapshotWorker, reservations: readonly Reservation[]): Amounts =>
  least(freeNow(worker), unreserved(worker, reservations));

/**
 * What this task may start on now; for the dispatcher, with the live reservations of the worker. What was freed for a task
 * is its own, unless it was promised to somebody who comes first. Below 0 where more is promised than there is.
 */
export const roomFor = (
  task: string,
  worker: SnapshotWorker,
  reservations: readonly Reservation[],
): Amounts => {
  const own = reservations.find((reservation) => reservation.task === task);
  if (own === undefined) return visibleRoom(worker, reservations);
  const first = reservations.filter((one) => comesFirst(one, own));
  return own.kind === 'freed' ? minus(freeNow(worker), promised(first)) : visibleRoom(worker, first);
};

/**
 * Whether the place of one reservation is given before that of another on the same worker. A hold is weaker than what was
 * freed: it keeps others away, and gives way. Of two that were freed, the one that runs out earlier: its victims leave
 * earlier, and what the victims of the other leave is still to come. A higher base waits for no lower one.
 */
export const comesFirst = (one: Reservation, other: Reservation): boolean =>
  one.kind === 'freed' &&
  one.task !== other.task &&
  (other.kind === 'held' || (one.base >= other.base && one.expiresAt < other.expiresAt));

/** Reservations that have not run out. */
export const liveReservations = (reservations: readonly Reservation[], now: EpochMs): Reservation[] =>
  reservations.filter(({ expiresAt }) => expiresAt > now);
