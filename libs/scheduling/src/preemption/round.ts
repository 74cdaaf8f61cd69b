import type { BandRank, EpochMs } from '@precedent/kernel';
import { NO_AMOUNTS, fits, plus } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import type { Decision } from './decision.ts';
import { viewAfter } from './leave.ts';
import { Ledger } from './ledger.ts';
import { endingsOf } from './natural.ts';
import type { PredictedEnd } from './natural.ts';
import type { Policy } from './policy.ts';
import { freedByFreezing, liveReservations, unreserved, visibleRoom } from './rooms.ts';
import { shortlistOf, without } from './shortlist.ts';
import type { Shortlist } from './shortlist.ts';
import type { Reservation, Running, Snapshot, DecisionTrigger, Waiting, SnapshotWorker } from './snapshot.ts';

/** A worker as one round sees it, with the victims of earlier decisions of the round on their way out. */
export interface RoundWorker {
  readonly view: SnapshotWorker;
  readonly reservations: readonly Reservation[];
  /** What a task without a reservation may start on now. */
  readonly visible: Amounts;
  /** What is not reserved when all that is on its way out has left. */
  readonly unreserved: Amounts;
  /** By the band of the preemptor; made at the first use. */
  readonly lists: (Shortlist | undefined)[];
  endings: readonly PredictedEnd[] | undefined;
}

const NONE: readonly Reservation[] = [];

/** The moving state of one round: what earlier decisions of it have taken and promised. */
export class DecisionRound {
  readonly policy: Policy;
  readonly now: EpochMs;
  readonly ledger: Ledger;
  /** Tasks that run or are on their way out, on all workers. */
  readonly total: number;
  readonly #workers = new Map<string, RoundWorker>();
  /** Workers with a free slot that is not reserved. */
  readonly #roomy = new Set<string>();
  readonly #promises = new Map<string, readonly Reservation[]>();
  readonly #holders = new Map<string, Reservation>();
  /** Tasks whose reservations were preempted in this round. */
  readonly #lostReservation = new Set<string>();

  constructor(snapshot: Snapshot, policy: Policy) {
    this.policy = policy;
    this.now = snapshot.now;
    this.ledger = new Ledger(policy, snapshot);
    for (const one of liveReservations(snapshot.reservations, snapshot.now)) this.#promise(one);
    let count = 0;
    for (const view of snapshot.workers) {
      this.#put(view, []);
      count += view.running.length;
    }
    this.total = count;
  }

  reservations(): Iterable<Reservation> {
    return this.#holders.values();
  }

  reservationOf(task: string): Reservation | undefined {
    return this.#holders.get(task);
  }

  worker(id: string): RoundWorker | undefined {
    return this.#workers.get(id);
  }

  shortlist({ view, lists }: RoundWorker, preemptor: BandRank): Shortlist {
    const { policy, now, ledger } = this;
    return (lists[preemptor] ??= shortlistOf(view.running, { preemptor, policy, now, ledger }));
  }

  endings(worker: RoundWorker): readonly PredictedEnd[] {
    return (worker.endings ??= endingsOf(worker.view.running, this.policy));
  }

  /**
   * Whether a worker has room for the task now, so that the dispatcher starts it. Its place counts as taken for the rest of
   * the round, or one behind it could be promised the same place.
   */
  startsNow({ eligible, demand }: Waiting): boolean {
    if (demand.slots > 0 && this.#roomy.size === 0) return false;
    let roomiest: RoundWorker | undefined;
    for (const id of eligible) {
      const worker = this.#workers.get(id);
      if (worker === undefined || !fits(demand, worker.visible)) continue;
      if (roomiest === undefined || isRoomier(worker, roomiest)) roomiest = worker;
    }
    if (roomiest === undefined) return false;
    const { view, lists } = roomiest;
    this.#put({ ...view, others: plus(view.others ?? NO_AMOUNTS, demand) }, lists);
    return true;
  }

  triggerOf(task: Waiting): DecisionTrigger {
    return this.#lostReservation.has(task.id) ? 'reservation_stolen' : (task.trigger ?? 'no_fit');
  }

  /** Does to this state what the decision will do to the world, so that the next one of the round counts on it. */
  take(decision: Decision): void {
    const worker = this.#workers.get(decision.worker ?? '');
    if (worker) this.#leave(worker, decision);
    for (const { task } of decision.stolen) {
      this.#lostReservation.add(task);
      this.#release(task);
    }
    if (decision.reservation) this.#promise(decision.reservation);
    if (decision.outcome === 'express') this.#keepSlot(decision.preemptor.id);
  }

  /** It occupies its memory and GPUs itself now: of what was reserved for it only the slot and the processors are left. */
  #keepSlot(task: string): void {
    const own = this.#holders.get(task);
    if (own === undefined) return;
    this.#release(task);
    this.#promise({ ...own, amounts: freedByFreezing(own.amounts) });
  }

  /** The snapshot as the decisions have left it. */
  snapshotAfter(before: Snapshot): Snapshot {
    return {
      ...before,
      ...this.ledger.uses,
      workers: before.workers.map((view) => this.#workers.get(view.id)?.view ?? view),
      reservations: [...this.#holders.values()],
      waiting: before.waiting.map((task) =>
        this.#lostReservation.has(task.id) ? { ...task, trigger: 'reservation_stolen' } : task,
      ),
    };
  }

  #leave({ view, lists }: RoundWorker, decision: Decision): void {
    const victims = new Set(decision.victims.map(({ id }) => id));
    const reclaimed = new Set(decision.reclaimed.map(({ id }) => id));
    const leaving = view.running.filter(({ id }) => victims.has(id) || reclaimed.has(id));
    for (const task of leaving) this.ledger.charge(task, victims.has(task.id));
    this.#put(viewAfter(view, decision, this.policy), this.#listsWithout(lists, leaving));
    // The order of candidates depends on soft budgets: it is made again everywhere when one of those has changed.
    if (leaving.some((task) => this.ledger.isSoft(task))) this.#reorder();
  }

  #listsWithout(lists: RoundWorker['lists'], leaving: readonly Running[]): RoundWorker['lists'] {
    const { policy, now, ledger } = this;
    return [0, 1, 2, 3].map((rank) => {
      const list = lists[rank];
      return list && without(list, leaving, { preemptor: rank as BandRank, policy, now, ledger });
    });
  }

  #reorder(): void {
    for (const { lists } of this.#workers.values()) lists.length = 0;
  }

  #put(view: SnapshotWorker, lists: RoundWorker['lists']): void {
    const reservations = this.#promises.get(view.id) ?? NONE;
    const visible = visibleRoom(view, reservations);
    this.#workers.set(view.id, {
      view,
      reservations,
      visible,
      unreserved: unreserved(view, reservations),
      lists,
      endings: undefined,
    });
    if (visible.slots > 0) this.#roomy.add(view.id);
    else this.#roomy.delete(view.id);
  }

  #release(task: string): void {
    const gone = this.#holders.get(task);
    if (gone === undefined) return;
    this.#holders.delete(task);
    this.#promised(
      gone.worker,
      (this.#promises.get(gone.worker) ?? NONE).filter((one) => one !== gone),
    );
  }

  #promise(reservation: Reservation): void {
    this.#holders.set(reservation.task, reservation);
    const before = this.#promises.get(reservation.worker) ?? NONE;
    this.#promised(reservation.worker, [...before, reservation]);
  }

  #promised(worker: string, reservations: readonly Reservation[]): void {
    this.#promises.set(worker, reservations);
    const state = this.#workers.get(worker);
    if (state) this.#put(state.view, state.lists);
  }
}

/** As the dispatcher chooses: most free slots, then the smallest id. */
const isRoomier = (a: RoundWorker, b: RoundWorker): boolean =>
  a.visible.slots > b.visible.slots || (a.visible.slots === b.visible.slots && a.view.id < b.view.id);
