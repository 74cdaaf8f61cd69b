import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import type { PreemptionEnd, Telemetry } from '@precedent/ports';
import { fits, freedByFreezing, minus, plus } from '@precedent/scheduling';
import type { Decision, Policy, Reservation } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import { isBlockedByLimit } from '../limits/limit-claims.ts';
import type { DecisionLog } from './decision-log.ts';
import type { PoolBreakers } from './pool-breakers.ts';
import type { ReplanHistory } from './replan-history.ts';
import type { Reservations } from './reservations.ts';

/** Leases a waiting task to a session. */
export type StartTask = (row: TaskRow, session: string) => void;

export interface ReservedStartsParts {
  readonly cell: Pick<CellView, 'clock' | 'state' | 'fleet' | 'queueClasses'>;
  readonly telemetry: Telemetry;
  readonly policy: Policy;
  readonly reservations: Reservations;
  readonly log: DecisionLog;
  readonly breakers: PoolBreakers;
  readonly replans: ReplanHistory;
}

/** Starts tasks in the slots that are reserved for them, and ends reservations: each end goes to telemetry and to the circuit breaker. */
export class ReservedStarts {
  readonly #parts: ReservedStartsParts;
  /** Whether a session may still have resources hidden. */
  #hidesReserved = false;

  constructor(parts: ReservedStartsParts) {
    this.#parts = parts;
  }

  /** Gives reserved slots that are free to their tasks. Call it before any other task is started. */
  start(start: StartTask): void {
    const { cell, reservations } = this.#parts;
    if (reservations.size === 0 && !this.#hidesReserved) return this.#returnToSlots();
    for (const expired of reservations.expire(cell.clock.now())) {
      this.#report(expired, 'expired');
      this.#recordStart(expired, false);
    }
    for (const reservation of reservations.all()) {
      // A task that started before it in this loop has taken it in exchange.
      if (reservations.of(reservation.task) !== reservation) continue;
      const row = cell.state.table.get(reservation.task);
      if (row === undefined || !this.#waits(row, reservation)) this.#release(reservation, row);
      // Another task has taken its key meanwhile.
      else if (isBlockedByLimit(row)) this.end(reservation.task, 'stolen');
      else if (this.#hasRoom(reservation)) this.#give(reservation, row, start);
    }
    this.hideReserved();
    this.#returnToSlots();
  }

  /** It is queued, or runs in an express slot of the worker. */
  #waits({ id, state }: TaskRow, { worker }: Reservation): boolean {
    return state === 'queued' || this.#parts.cell.fleet.get(worker)?.express.has(id) === true;
  }

  #give(reservation: Reservation, row: TaskRow, start: StartTask): void {
    const session = this.#parts.cell.fleet.get(reservation.worker);
    if (!session?.express.has(row.id)) return start(this.#takerOf(reservation, row), reservation.worker);
    this.#release(reservation, row);
    session.intoSlot(row.id);
  }

  /** What runs in express slots moves into slots that are free and not reserved. Nothing else starts in a slot before. */
  #returnToSlots(): void {
    for (const session of this.#parts.cell.fleet.withExpress()) {
      for (const [id, { usage }] of session.express) {
        const room = minus(session.supply, plus(session.used, session.reserved));
        if (fits(freedByFreezing(usage), room)) session.intoSlot(id);
      }
    }
  }

  /** Ends the reservation of a task, if it has one: another task takes it, or its decision is replaced. */
  end(task: string, end: Extract<PreemptionEnd, 'stolen' | 'replanned'>): void {
    const { reservations } = this.#parts;
    const reservation = reservations.of(task);
    reservations.release(task);
    if (reservation) this.#report(reservation, end);
  }

  /** Hides the reserved resources from the dispatcher. */
  hideReserved(): void {
    const { cell, reservations } = this.#parts;
    this.#hidesReserved = reservations.size > 0;
    for (const session of cell.fleet.all()) session.reserved = reservations.reservedOn(session.session);
  }

  /**
   * Returns the task that gets the free slot: the holder of the reservation, or a higher-band task waiting for the same workers, which
   * gives its own reservation in exchange if it has one.
   */
  #takerOf(reservation: Reservation, row: TaskRow): TaskRow {
    const { reservations } = this.#parts;
    const higher = this.#higherBandOf(row);
    const exchanged = higher && reservations.of(higher.id);
    if (higher && !exchanged) this.end(reservation.task, 'stolen');
    else this.#release(exchanged ?? reservation, higher ?? row);
    if (exchanged)
      reservations.set({ ...reservation, worker: exchanged.worker, expiresAt: exchanged.expiresAt });
    return higher ?? row;
  }

  #higherBandOf(row: TaskRow): TaskRow | undefined {
    const queueClass = this.#parts.cell.queueClasses.of(row.class);
    for (let rank = BANDS.length - 1; rank > rankOf(row.class.band); rank--) {
      const head = queueClass.queueAt(rank as BandRank).peek();
      if (head) return head;
    }
    return undefined;
  }

  #hasRoom(reservation: Reservation): boolean {
    const { cell, reservations } = this.#parts;
    const session = cell.fleet.get(reservation.worker);
    if (session === undefined || session.state !== 'ready') return false;
    const promised = reservations.promisedBefore(reservation);
    return fits(reservation.amounts, minus(session.supply, plus(session.used, promised)));
  }

  #release(reservation: Reservation, row: TaskRow | undefined): void {
    const { reservations, replans } = this.#parts;
    const { task } = reservation;
    reservations.release(task);
    replans.forget(task);
    const started = row !== undefined && row.state !== 'cancelled' && row.state !== 'timed_out';
    this.#report(reservation, started ? 'started' : 'left', row);
    if (row !== undefined) this.#recordStart(reservation, started);
  }

  /** Reports to the breaker whether a preemptor started: one for which no slot was free in time has cost its victims in vain. */
  #recordStart({ task, kind, pool }: Reservation, started: boolean): void {
    const { cell, log, breakers } = this.#parts;
    const made = log.lastOf(task);
    if (kind !== 'freed' || made === undefined) return;
    const at = cell.clock.now();
    const graceMs = graceMsOf(made.record.decision);
    breakers.record(pool, { kind: 'preemptor', at, started, waitedMs: at - made.at, graceMs });
  }

  /** Emits how the decision ended that made the reservation. */
  #report({ task, kind }: Reservation, end: PreemptionEnd, row?: TaskRow): void {
    const { cell, log, policy, telemetry } = this.#parts;
    const made = log.lastOf(task);
    if (kind !== 'freed' || made === undefined) return;
    const at = cell.clock.now();
    const waitedMs = at - made.at;
    const started = end === 'started' && row !== undefined;
    const epoch = started ? row.epoch + (row.state === 'queued' ? 1 : 0) : 0;
    const inTime = started && waitedMs <= graceMsOf(made.record.decision) + policy.breaker.startMarginMs;
    const decision = made.id;
    telemetry.emit({ name: 'preemption.ended', decision, task, at, end, epoch, waitedMs, inTime });
  }
}

/** The longest grace of its victims. */
const graceMsOf = ({ victims }: Decision): number => Math.max(0, ...victims.map(({ graceMs }) => graceMs));
