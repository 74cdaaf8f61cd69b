import type { BandRank } from '@precedent/kernel';
import { candidateOf, takingOrder } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { newTally, reject } from './counts.ts';
import type { Tally } from './counts.ts';
import { protectedUntil, rejectionOf } from './filter.ts';
import { Ledger } from './ledger.ts';
import type { Amounts } from './amounts.ts';
import type { Decision } from './decision.ts';
import { viewAfter } from './leave.ts';
import type { Policy } from './policy.ts';
import { freeNow, liveReservations, unreserved } from './rooms.ts';
import type { Reservation, Snapshot, Trigger, Waiting, WorkerView } from './snapshot.ts';

/** A worker as one round sees it, with the victims of earlier decisions of the round on their way out. */
export interface WorkerState {
  readonly view: WorkerView;
  readonly reservations: readonly Reservation[];
  readonly freeNow: Amounts;
  readonly unreserved: Amounts;
}

/** Who of one worker may be taken by preemptors of one band, as far as it does not depend on more than the band. */
export interface Shortlist {
  readonly candidates: readonly Candidate[];
  readonly tally: Tally;
  /** When the first of those that only time protects becomes a candidate. */
  readonly nextAt: number | undefined;
}

/** The moving state of one round: what earlier decisions of it have taken and promised. */
export class Round {
  readonly policy: Policy;
  readonly now: number;
  readonly ledger: Ledger;
  /** Tasks that run or are on their way out, on all workers. */
  readonly total: number;
  readonly #views = new Map<string, WorkerView>();
  readonly #states = new Map<string, WorkerState>();
  readonly #shortlists = new Map<string, (Shortlist | undefined)[]>();
  readonly #promises = new Map<string, Reservation[]>();
  readonly #holders = new Map<string, Reservation>();
  /** Whose reservations were stolen in this round. */
  readonly #robbed = new Set<string>();

  constructor(snapshot: Snapshot, policy: Policy) {
    this.policy = policy;
    this.now = snapshot.now;
    this.ledger = new Ledger(policy, snapshot);
    for (const reservation of liveReservations(snapshot.reservations, snapshot.now))
      this.#promise(reservation);
    let total = 0;
    for (const view of snapshot.workers) {
      this.#views.set(view.id, view);
      total += view.running.length;
    }
    this.total = total;
  }

  reservations(): Iterable<Reservation> {
    return this.#holders.values();
  }

  reservationOf(task: string): Reservation | undefined {
    return this.#holders.get(task);
  }

  worker(id: string): WorkerState | undefined {
    const known = this.#states.get(id);
    if (known) return known;
    const view = this.#views.get(id);
    if (view === undefined) return undefined;
    const reservations = this.#promises.get(id) ?? [];
    const state = { view, reservations, freeNow: freeNow(view), unreserved: unreserved(view, reservations) };
    this.#states.set(id, state);
    return state;
  }

  shortlist(worker: WorkerState, preemptor: BandRank): Shortlist {
    let lists = this.#shortlists.get(worker.view.id);
    if (lists === undefined) this.#shortlists.set(worker.view.id, (lists = []));
    return (lists[preemptor] ??= this.#listed(worker, preemptor));
  }

  triggerOf(task: Waiting): Trigger {
    return this.#robbed.has(task.id) ? 'reservation_stolen' : (task.trigger ?? 'no_fit');
  }

  /** Does to this state what the decision will do to the world, so that the next one of the round counts on it. */
  take(decision: Decision): void {
    const view = this.#views.get(decision.worker ?? '');
    if (view) this.#leave(view, decision);
    for (const { task } of decision.stolen) {
      this.#robbed.add(task);
      this.#release(task);
    }
    if (decision.reservation) this.#promise(decision.reservation);
  }

  /** The snapshot as the decisions have left it. */
  snapshotAfter(before: Snapshot): Snapshot {
    return {
      ...before,
      ...this.ledger.uses,
      workers: before.workers.map((view) => this.#views.get(view.id) ?? view),
      reservations: [...this.#holders.values()],
      waiting: before.waiting.map((task) =>
        this.#robbed.has(task.id) ? { ...task, trigger: 'reservation_stolen' } : task,
      ),
    };
  }

  #leave(view: WorkerView, decision: Decision): void {
    const victims = new Set(decision.victims.map(({ id }) => id));
    const reclaimed = new Set(decision.reclaimed.map(({ id }) => id));
    for (const task of view.running) {
      if (!victims.has(task.id) && !reclaimed.has(task.id)) continue;
      this.ledger.charge(task, victims.has(task.id));
      // The order of candidates depends on soft budgets: it is made anew when one of those has changed.
      if (this.ledger.isSoft(task)) this.#shortlists.clear();
    }
    this.#views.set(view.id, viewAfter(view, decision, this.policy));
    this.#forget(view.id);
  }

  #release(task: string): void {
    const gone = this.#holders.get(task);
    if (gone === undefined) return;
    this.#holders.delete(task);
    const others = (this.#promises.get(gone.worker) ?? []).filter((reservation) => reservation !== gone);
    this.#promises.set(gone.worker, others);
    this.#forget(gone.worker);
  }

  #promise(reservation: Reservation): void {
    this.#holders.set(reservation.task, reservation);
    this.#promises.set(reservation.worker, [...(this.#promises.get(reservation.worker) ?? []), reservation]);
    this.#forget(reservation.worker);
  }

  #forget(worker: string): void {
    this.#states.delete(worker);
    this.#shortlists.delete(worker);
  }

  #listed({ view }: WorkerState, preemptor: BandRank): Shortlist {
    const { policy, now, ledger } = this;
    const { sharePercentOf, breaksSoftBudget } = ledger;
    const keys = { now, policy, preemptor, sharePercentOf, breaksSoftBudget };
    const tally = newTally();
    const candidates: Candidate[] = [];
    let nextAt: number | undefined;
    for (const task of view.running) {
      const reason = rejectionOf({ base: preemptor }, task, policy, now);
      if (reason === undefined) candidates.push(candidateOf(task, keys));
      else {
        reject(tally, reason);
        nextAt = earlier(nextAt, protectedUntil(reason, task, policy));
      }
    }
    return { candidates: candidates.sort(takingOrder), tally, nextAt };
  }
}

/** The earlier of two moments, either of which may not come. */
export const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;
