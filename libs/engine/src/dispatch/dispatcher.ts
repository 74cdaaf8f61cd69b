import { rankOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { decideStarts, demandOf } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Preemption } from '../preemption/preemption.ts';
import { RoundRoom } from './round-room.ts';

export type DispatcherParts = Pick<
  BaseParts,
  'clock' | 'options' | 'state' | 'fleet' | 'queueClasses' | 'outbox'
> & {
  readonly core: CellCore;
  readonly preemption: Preemption | undefined;
};

/** Fills free slots, once a turn: reserved slots first, then by `decideStarts`; then tasks that still wait may preempt. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  #enabled = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** New leases are made only while this is set: from recovery until the drain. */
  enable(enabled: boolean): void {
    this.#enabled = enabled;
  }

  dispatch(): void {
    const { options, core, outbox, clock, fleet, queueClasses, state, preemption } = this.#parts;
    if (!this.#enabled || outbox.stalled) return;
    const now = clock.now();
    preemption?.reservedStarts.start((row, session) => {
      queueClasses.left(row);
      this.#start(row, session, now);
    });
    const room = new RoundRoom(fleet);
    const { aging, startsPerTurn: limit } = options;
    const starts = decideStarts<TaskRow>({
      queueClasses: queueClasses.busy(),
      eligible: (queueClass) => fleet.eligible(queueClass),
      aging,
      now,
      limit,
      prefers: (row) => row.durable.session,
      hasRoom: room.hasRoom,
      took: room.took,
      pinned: room.pinned((id) => state.table.get(id)),
    });
    for (const { task, session, isThaw } of starts) {
      if (isThaw) core.drive(task, { type: 'RESUMED', at: now, epoch: task.epoch });
      else this.#start(task, session, now);
    }
    // More tasks may be startable, but new input comes first.
    if (starts.length === limit) core.touch();
    else preemption?.preemptor.round();
  }

  #start(row: TaskRow, sessionId: string, at: EpochMs): void {
    const { core, fleet } = this.#parts;
    const session = fleet.get(sessionId);
    if (session === undefined) return;
    const epoch = row.epoch + 1;
    session.lease([row.id, epoch], { usage: demandOf(row.class.resources), band: rankOf(row.class.band) });
    const { worker } = session.offer;
    core.drive(row, { type: 'LEASED', at, worker, session: sessionId, epoch });
  }
}
