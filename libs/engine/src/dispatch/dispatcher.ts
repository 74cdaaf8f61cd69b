import { rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { decideStarts, demandOf } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Preemption } from '../preemption/preemption.ts';
import type { WorkerProbes } from '../workers/worker-probes.ts';
import type { WorkerSession } from '../workers/worker-session.ts';
import type { AheadAssigner } from './ahead-assigner.ts';
import { RoundCapacity } from './round-capacity.ts';

export type DispatcherParts = Pick<
  BaseParts,
  'clock' | 'options' | 'state' | 'fleet' | 'queueClasses' | 'outbox' | 'limits'
> & {
  readonly core: CellCore;
  readonly preemption: Preemption | undefined;
  readonly probes: WorkerProbes;
  readonly ahead: AheadAssigner;
};

/**
 * Fills free slots, once a turn, in this order: reserved slots get the tasks that they are reserved for; `decideStarts` of `scheduling`
 * gives out the other slots; then tasks that still wait may preempt; then some that still wait are assigned ahead.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  #enabled = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** Leases are made only while the dispatcher is enabled: from the end of the recovery until the drain. */
  enable(enabled: boolean): void {
    this.#enabled = enabled;
  }

  dispatch(): void {
    const { options, core, outbox, clock, fleet, queueClasses, state, preemption, ahead } = this.#parts;
    if (!this.#enabled || outbox.stalled) return;
    const now = clock.now();
    const start = (row: TaskRow, session: string): void => {
      queueClasses.take(row);
      this.#start(row, session, now);
    };
    preemption?.reservedStarts.start(start);
    const capacity = new RoundCapacity(fleet);
    const { aging, startsPerTurn: limit } = options;
    const starts = decideStarts<TaskRow>({
      queueClasses: queueClasses.nonEmpty(),
      eligible: (queueClass) => fleet.eligible(queueClass),
      aging,
      now,
      limit,
      prefers: (row) => row.durable.session,
      hasRoom: capacity.hasRoom,
      took: capacity.took,
      pinned: capacity.pinned((id) => state.table.get(id)),
    });
    for (const { task, session, isThaw } of starts) {
      if (isThaw) core.drive(task, { type: 'RESUMED', at: now, epoch: task.epoch });
      else this.#start(task, session, now);
    }
    // More tasks may be able to start, but new input comes first: they start in the next turn.
    if (starts.length === limit) return core.requestTurn();
    preemption?.preemptor.round(start);
    ahead.round((row, session, rank) => this.#assignAhead(row, session, rank));
  }

  #assignAhead(row: TaskRow, session: WorkerSession, rank: BandRank): void {
    const { core, clock, fleet, probes, limits } = this.#parts;
    probes.arm();
    fleet.leaseAhead(session, row, rank);
    const [at, epoch] = [clock.now(), row.epoch + 1];
    const { worker } = session.profile;
    core.drive(row, {
      type: 'LEASED',
      at,
      worker,
      session: session.session,
      epoch,
      ahead: true,
      booked: limits.bookingsOf(row.id),
    });
  }

  #start(row: TaskRow, sessionId: string, at: EpochMs): void {
    const { core, fleet, probes, limits } = this.#parts;
    const session = fleet.get(sessionId);
    if (session === undefined) return;
    const epoch = row.epoch + 1;
    // The slot is taken before the event, whose effects send the assignment.
    probes.arm();
    session.lease([row.id, epoch], { usage: demandOf(row.class.resources), band: rankOf(row.class.band) });
    const { worker } = session.profile;
    core.drive(row, {
      type: 'LEASED',
      at,
      worker,
      session: sessionId,
      epoch,
      booked: limits.bookingsOf(row.id),
    });
  }
}
