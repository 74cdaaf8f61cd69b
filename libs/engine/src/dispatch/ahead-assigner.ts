import { rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { agedRank, aheadMax, decideStarts, quietMsMax } from '@precedent/scheduling';
import type { Capacity, QueueClass } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Preemption } from '../preemption/preemption.ts';
import type { AssignmentSender } from '../workers/assignment-sender.ts';
import type { SignalSender } from '../workers/signal-sender.ts';
import type { WorkerSession } from '../workers/worker-session.ts';

export type AheadAssignerParts = Pick<BaseParts, 'clock' | 'options' | 'state' | 'fleet' | 'queueClasses'> & {
  readonly core: CellCore;
  readonly preemption: Preemption | undefined;
  readonly assignments: AssignmentSender;
  readonly signals: SignalSender;
};

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
    const { clock, options, fleet, queueClasses } = this.#parts;
    const now = clock.now();
    const round = new AheadRound(
      (session) => this.#maxOn(session, now),
      () => this.#mustKeepNone(),
    );
    for (const session of fleet.withAhead()) if (round.maxOf(session) === 0) this.#recallBeyond(0, session);
    const starts = decideStarts<TaskRow>({
      queueClasses: small(queueClasses.nonEmpty()),
      eligible: (queueClass) => round.capacitiesOf(fleet.eligible(queueClass)),
      aging: options.aging,
      now,
      limit: options.startsPerTurn,
    });
    for (const { task, session: id } of starts) {
      const session = fleet.get(id);
      const rank = agedRank(rankOf(task.class.band), now - task.submittedAt, options.aging);
      if (session) assign(task, session, rank);
    }
    for (const session of fleet.withAhead()) {
      this.#recallBeyond(round.maxOf(session), session);
      this.#lookAgain(session);
    }
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

/** What each session may keep in one round, computed once. */
class AheadRound {
  readonly #maxOn: (session: WorkerSession) => number;
  /** The sessions that must keep none. Looked up only where one would keep some: most turns have no short tasks. */
  readonly #findExcluded: () => ReadonlySet<WorkerSession>;
  #excluded: ReadonlySet<WorkerSession> | undefined;
  readonly #max = new Map<WorkerSession, number>();
  readonly #capacities = new Map<readonly WorkerSession[], readonly Capacity[]>();

  constructor(maxOn: (session: WorkerSession) => number, findExcluded: () => ReadonlySet<WorkerSession>) {
    this.#maxOn = maxOn;
    this.#findExcluded = findExcluded;
  }

  maxOf(session: WorkerSession): number {
    const known = this.#max.get(session);
    if (known !== undefined) return known;
    const wanted = this.#maxOn(session);
    const max = wanted > 0 && this.#isExcluded(session) ? 0 : wanted;
    this.#max.set(session, max);
    return max;
  }

  #isExcluded(session: WorkerSession): boolean {
    this.#excluded ??= this.#findExcluded();
    return this.#excluded.has(session);
  }

  /** The sessions that keep some, as the dispatcher sees workers: a place is one more lease that waits. */
  capacitiesOf(sessions: readonly WorkerSession[]): readonly Capacity[] {
    const known = this.#capacities.get(sessions);
    if (known) return known;
    const capacities = sessions.flatMap((session) => this.#capacityOf(session) ?? []);
    this.#capacities.set(sessions, capacities);
    return capacities;
  }

  #capacityOf(session: WorkerSession): Capacity | undefined {
    const max = this.maxOf(session);
    if (max === 0) return undefined;
    const { ahead } = session;
    // Of what the worker was requested to return and has not, no more is added than it keeps.
    const room = 2 * max - ahead.size;
    const free = Math.min(max - ahead.waiting, room);
    return {
      session: session.session,
      free,
      displaces: (rank) => Math.max(0, Math.min(ahead.below(rank), room - Math.max(0, free))),
    };
  }
}
