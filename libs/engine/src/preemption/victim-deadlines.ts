import type { EpochMs } from '@precedent/kernel';
import { afterFreeze, atDeadline, extended } from '@precedent/scheduling';
import type { Policy } from '@precedent/scheduling';
import type { PreemptMode, TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { CellView } from '../cell/cell-view.ts';
import type { DecisionLog } from './decision-log.ts';
import type { ReplanHistory } from './replan-history.ts';
import type { Reservations } from './reservations.ts';
import type { ReservedStarts } from './reserved-starts.ts';
import { runningOf } from './scheduling-snapshot.ts';

export type VictimDeadlinesParts = Pick<BaseParts, 'random'> & {
  readonly cell: CellView;
  readonly core: CellCore;
  readonly policy: Policy;
  readonly reservations: Reservations;
  readonly reservedStarts: ReservedStarts;
  readonly log: DecisionLog;
  readonly replans: ReplanHistory;
};

/** Decides what happens to a victim that has not given up its slot by its deadline: a stronger mode, or it keeps the slot, or its attempt ends. */
export class VictimDeadlines {
  readonly #parts: VictimDeadlinesParts;

  constructor(parts: VictimDeadlinesParts) {
    this.#parts = parts;
  }

  passed(row: TaskRow): void {
    const { cell, core, policy, random } = this.#parts;
    const { preempt, session } = row.run;
    const now = cell.clock.now();
    if (preempt === undefined || session === undefined) return;
    const holder = cell.fleet.get(session);
    const [victim] = holder ? runningOf(cell, holder, row.id, now) : [];
    const isSuspended = row.state === 'suspended';
    const rule = isSuspended ? afterFreeze : atDeadline;
    const escalation = victim && rule(victim, preempt.mode, policy, now);
    const { epoch } = row;
    if (escalation?.kind === 'signal') {
      const { mode, deadline } = escalation;
      core.drive(row, { type: 'ESCALATED', at: now, epoch, mode: mode as PreemptMode, deadline });
      if (!isSuspended) this.#extend(preempt.decision, deadline);
    } else if (escalation?.kind === 'spare') this.#leaveRunning(row, preempt.decision, now);
    else core.drive(row, { type: 'GRACE_EXPIRED', at: now, epoch, jitter: random() });
  }

  /** The slot will be free later, so its reservation lasts longer by the same time. */
  #extend(decision: string, deadline: EpochMs): void {
    const { log, policy, reservations } = this.#parts;
    const made = log.find(decision);
    const reservation = made && reservations.of(made.task);
    if (reservation) reservations.set(extended(reservation, deadline, policy));
  }

  /** The victim keeps its slot, so the waiting task needs another decision. */
  #leaveRunning(row: TaskRow, decision: string, now: EpochMs): void {
    const { core, log, replans, reservedStarts } = this.#parts;
    core.drive(row, { type: 'PREEMPTION_WITHDRAWN', at: now, epoch: row.epoch });
    const made = log.find(decision);
    if (made === undefined) return;
    replans.spared(made.task, row.id);
    reservedStarts.end(made.task, 'replanned');
  }
}
