import type { RebandRequest } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import { isLeased, isSettled } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import { BACKOFF_MS } from '../preemption/preemptor.ts';
import type { SignalSender } from '../workers/signal-sender.ts';

export type BandChangesParts = Pick<BaseParts, 'clock' | 'fleet' | 'queueClasses'> & {
  readonly core: CellCore;
  readonly signals: SignalSender;
};

/** Moves open tasks to another band. */
export class BandChanges {
  readonly #parts: BandChangesParts;

  constructor(parts: BandChangesParts) {
    this.#parts = parts;
  }

  /** Nothing happens to a task that has the band already, or a verdict. An order that a victim has received stays. */
  change(row: TaskRow, { band, reason }: Pick<RebandRequest, 'band' | 'reason'>): void {
    const { clock, core, queueClasses } = this.#parts;
    if (row.class.band === band || isSettled(row.state)) return;
    const at = clock.now();
    // The record moves it to the other queue, so it leaves this one before.
    if (row.state === 'queued') queueClasses.left(row);
    core.drive(row, { type: 'BAND_CHANGED', at, band, reason });
    if (isLeased(row.state)) this.#moveLease(row);
    // The last round of preemptions may have found nothing, and is not repeated before.
    core.requestTurnAt(at + BACKOFF_MS);
  }

  #moveLease({ id, epoch, class: { band }, run }: TaskRow): void {
    const session = this.#parts.fleet.get(run.session ?? '');
    if (session === undefined) return;
    session.reband(id, rankOf(band));
    // It waits there at the place that its band before gave it.
    if (session.ahead.recall(id)) this.#parts.signals.recall(session.session, [[id, epoch]]);
  }
}
