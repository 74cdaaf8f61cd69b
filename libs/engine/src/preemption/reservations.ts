import type { EpochMs } from '@precedent/kernel';
import { comesFirst, freedByFreezing, NO_AMOUNTS, plus } from '@precedent/scheduling';
import type { Amounts, Reservation } from '@precedent/scheduling';

/**
 * Reservations: capacity of a worker for one waiting task each. They are in memory only: after a crash the most urgent task is first
 * in the queue anyway, and gets the slots that its victims left.
 */
export class Reservations {
  readonly #byTask = new Map<string, Reservation>();

  get size(): number {
    return this.#byTask.size;
  }

  all(): readonly Reservation[] {
    return [...this.#byTask.values()];
  }

  of(task: string): Reservation | undefined {
    return this.#byTask.get(task);
  }

  set(reservation: Reservation): void {
    this.#byTask.set(reservation.task, reservation);
  }

  /** The task runs in an express slot: it occupies its memory and GPUs itself, and its reservation keeps only the slot and the processors. */
  keepSlot(task: string): void {
    const reservation = this.#byTask.get(task);
    if (reservation) this.set({ ...reservation, amounts: freedByFreezing(reservation.amounts) });
  }

  release(task: string): void {
    this.#byTask.delete(task);
  }

  /** Removes and returns the expired reservations. */
  expire(now: EpochMs): readonly Reservation[] {
    const gone = [...this.#byTask.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const { task } of gone) this.#byTask.delete(task);
    return gone;
  }

  /** How many there are of each kind. */
  get counts(): Readonly<Record<Reservation['kind'], number>> {
    const counts = { freed: 0, held: 0 };
    for (const { kind } of this.#byTask.values()) counts[kind]++;
    return counts;
  }

  /** The resources that are reserved on the same worker for tasks that come before this one. */
  promisedBefore(own: Reservation): Amounts {
    let sum = NO_AMOUNTS;
    for (const one of this.#byTask.values())
      if (one.worker === own.worker && comesFirst(one, own)) sum = plus(sum, one.amounts);
    return sum;
  }

  /** The resources that are reserved on a worker. */
  reservedOn(worker: string): Amounts {
    let sum = NO_AMOUNTS;
    for (const one of this.#byTask.values()) if (one.worker === worker) sum = plus(sum, one.amounts);
    return sum;
  }
}
