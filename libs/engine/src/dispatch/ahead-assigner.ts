import { rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { agedRank, aheadMax, decideStarts, quietMsMax } from '@precedent/scheduling';
import type { AgingMs, QueueClass, Start } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Preemption } from '../preemption/preemption.ts';
import type { AssignmentSender } from '../workers/assignment-sender.ts';
import type { SignalSender } from '../workers/signal-sender.ts';
import type { WorkerSession } from '../workers/worker-session.ts';
import { AheadRound } from './ahead-round.ts';
import { gateOf } from './queue-classes.ts';
import type { AheadPlace } from './ahead-round.ts';

export type AheadAssignerParts = Pick<
  BaseParts,
  'clock' | 'options' | 'state' | 'fleet' | 'queueClasses' | 'limits'
> & {
  readonly core: CellCore;
  readonly preemption: Preemption | undefined;
  readonly assignments: AssignmentSender;
  readonly signals: SignalSender;
};

const RANKS = [0, 1, 2, 3] as const;

/** Leases a task to a session, where it waits for a slot. */
export type AssignAhead = (row: TaskRow, session: WorkerSession, rank: BandRank) => void;

/**
 * Assigns tasks ahead to workers whose slots change their tasks faster than the engine can refill them, and recalls those that should not start
 * there next. A worker keeps none where a task waits that must get the next slot and cannot be assigned ahead: one that asks for more than a slot,
 * a suspended one, or one with a reservation.
 */
export class AheadAssigner {
  readonly #parts: AheadAssignerParts;

  constructor(parts: AheadAssignerParts) {
    this.#parts = parts;
  }

  /** Runs after free slots were filled and victims were chosen, in the same turn: a worker hears the recall before its victims are signalled. */
  round(assign: AssignAhead): void {
    const { clock, options, fleet, core } = this.#parts;
    const now = clock.now();
    const round = new AheadRound({
      maxOn: (session) => this.#maxOn(session, now),
      findExcluded: () => this.#mustKeepNone(),
      findHighest: () => this.#highestRank(now),
      findUrgent: () => this.#highestRanks(now),
    });
    for (const session of fleet.withAhead()) if (round.maxOf(session) === 0) this.#recallBeyond(0, session);
    const places = round.placesOn(fleet.all());
    const starts = places.length === 0 ? [] : this.#starts(places, now);
    for (const { task, session: id } of starts) {
      const session = fleet.get(id);
      const rank = agedRank(rankOf(task.class.band), now - task.submittedAt, options.aging);
      if (session) assign(task, session, rank);
    }
    for (const session of fleet.withAhead()) {
      this.#recallBeyond(round.maxOf(session), session);
      this.#recallBelowWaiting(session, round);
      this.#lookAgain(session);
    }
    if (starts.length === options.startsPerTurn) core.requestTurn();
  }

  /** Takes what starts out of the queues. Called where there is a place: with thousands of queue classes it costs milliseconds. */
  #starts(places: readonly AheadPlace[], now: EpochMs): readonly Start<TaskRow>[] {
    const { options, fleet, queueClasses, limits } = this.#parts;
    return decideStarts<TaskRow>({
      queueClasses: small(queueClasses.nonEmpty()),
      eligible: (queueClass) => {
        const eligible = fleet.eligible(queueClass);
        return places.filter(({ of }) => eligible.includes(of));
      },
      aging: options.aging,
      now,
      limit: options.startsPerTurn,
      // A rate is of starts: what waits at a worker could start later, all at once.
      ...(limits.size > 0 && { isHeld: (task) => gateOf(task)?.isRated === true }),
    });
  }

  /** Where the worker has so many to return that a more urgent task cannot be assigned ahead, nothing less urgent may start before it. */
  #recallBelowWaiting(session: WorkerSession, round: AheadRound): void {
    const { ahead } = session;
    if (ahead.waiting === 0 || round.roomOf(session) > 0) return;
    const below = ahead.below(round.waitingFor(session));
    if (below > 0) this.#recallBeyond(ahead.waiting - below, session);
  }

  #highestRank(now: EpochMs): BandRank {
    const { queueClasses, options } = this.#parts;
    let highest: BandRank = 0;
    for (const queueClass of queueClasses.nonEmpty())
      highest = higher(highest, highestRankIn(queueClass, now, options.aging));
    return highest;
  }

  #highestRanks(now: EpochMs): ReadonlyMap<WorkerSession, BandRank> {
    const { fleet, queueClasses, options } = this.#parts;
    const ranks = new Map<WorkerSession, BandRank>();
    for (const queueClass of queueClasses.nonEmpty()) {
      const rank = highestRankIn(queueClass, now, options.aging);
      for (const session of fleet.eligible(queueClass))
        ranks.set(session, higher(rank, ranks.get(session) ?? 0));
    }
    return ranks;
  }

  #recallBeyond(max: number, session: WorkerSession): void {
    this.#parts.signals.recall(session.session, session.ahead.recallBeyond(max));
  }

  /** When no task has ended there for too long, those that wait there are better in the queue. */
  #lookAgain({ ahead, turnover }: WorkerSession): void {
    const { core, assignments } = this.#parts;
    if (ahead.waiting > 0) core.requestTurnAt(turnover.lastEndAt + quietMsMax(assignments.turnaroundMs) + 1);
  }

  #maxOn(session: WorkerSession, now: EpochMs): number {
    const { slots, ahead: offered = 0 } = session.profile;
    const { turnover, suspended, reserved } = session;
    if (offered === 0 || session.state !== 'ready' || !session.takesNew || session.loaded !== undefined)
      return 0;
    if (suspended.size > 0 || reserved.slots > 0) return 0;
    const quietMs = now - turnover.lastEndAt;
    const { turnaroundMs } = this.#parts.assignments;
    return Math.min(offered, aheadMax({ slots, runMs: turnover.runMs, quietMs, turnaroundMs }));
  }

  /** The sessions that could run a waiting task that cannot be assigned ahead. */
  #mustKeepNone(): ReadonlySet<WorkerSession> {
    const { fleet, queueClasses } = this.#parts;
    const sessions = new Set<WorkerSession>();
    const add = (queueClass: QueueClass<TaskRow>): void => {
      for (const session of fleet.eligible(queueClass)) sessions.add(session);
    };
    for (const queueClass of queueClasses.nonEmpty()) if (queueClass.isLarge) add(queueClass);
    for (const row of this.#withReservation()) add(queueClasses.of(row.class));
    return sessions;
  }

  *#withReservation(): Generator<TaskRow> {
    const { state, preemption } = this.#parts;
    for (const { task } of preemption?.reservations.all() ?? []) {
      const row = state.table.get(task);
      if (row?.state === 'queued') yield row;
    }
  }
}

function* small(queueClasses: Iterable<QueueClass<TaskRow>>): Generator<QueueClass<TaskRow>> {
  for (const queueClass of queueClasses) if (!queueClass.isLarge) yield queueClass;
}

const higher = (a: BandRank, b: BandRank): BandRank => (a > b ? a : b);

/** The highest rank of the tasks that wait in the queue class; the first of each band has aged most. */
const highestRankIn = (queueClass: QueueClass<TaskRow>, now: EpochMs, aging: AgingMs): BandRank =>
  RANKS.reduce<BandRank>((highest, base) => {
    const head = queueClass.queueAt(base).peek();
    return head ? higher(highest, agedRank(base, now - head.submittedAt, aging)) : highest;
  }, 0);
