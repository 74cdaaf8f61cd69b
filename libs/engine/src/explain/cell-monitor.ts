import type { EngineSnapshot, WorkerView } from '@precedent/contract-types';
import { BANDS, perBand } from '@precedent/kernel';
import type { Band, EpochMs } from '@precedent/kernel';
import type { CellSampled } from '@precedent/ports';
import type { CellView } from '../cell/cell-view.ts';
import type { QueueClasses } from '../dispatch/queue-classes.ts';
import type { Outbox } from '../journal/outbox.ts';
import type { WorkerSession } from '../workers/worker-session.ts';

const NO_RESERVATIONS = { freed: 0, held: 0 };

export interface CellMonitorParts extends CellView {
  readonly cell: string;
  readonly epoch: number;
  readonly outbox: Outbox;
  /** Void entries that the recovery skipped. */
  readonly voidEntries: number;
  readonly accepts: () => boolean;
  readonly staleReports: () => number;
}

/** Measures a cell: the figures that `status` shows, and those of telemetry. */
export class CellMonitor {
  readonly #parts: CellMonitorParts;
  readonly #startedAt: EpochMs;
  #settledBefore: number;
  #measuredAt: EpochMs;
  #throughput = 1;

  constructor(parts: CellMonitorParts) {
    this.#parts = parts;
    this.#startedAt = this.#measuredAt = parts.clock.now();
    this.#settledBefore = this.#settled;
  }

  /** Tasks settled per second between the last two measurements; 1 before. */
  get throughput(): number {
    return this.#throughput;
  }

  measure(now: EpochMs): void {
    const seconds = Math.max(0.001, (now - this.#measuredAt) / 1_000);
    this.#throughput = (this.#settled - this.#settledBefore) / seconds;
    this.#settledBefore = this.#settled;
    this.#measuredAt = now;
  }

  workers(): WorkerView[] {
    return this.#connected.map((session) => session.view());
  }

  /** The figures for telemetry. */
  sample(at: EpochMs, reservations: CellSampled['reservations'] = NO_RESERVATIONS): CellSampled {
    const { state, fleet, queueClasses, outbox } = this.#parts;
    const oldest = oldestOf(queueClasses);
    return {
      name: 'cell.sampled',
      at,
      bands: perBand((band) => {
        const { queued, running, retrying } = state.table.countsOf(band);
        return { queued, running, paused: retrying, oldestMs: at - (oldest[band] ?? at) };
      }),
      workers: this.#connected.length,
      slots: fleet.slots,
      blocked: fleet.blocked,
      overdue: fleet.overdue,
      loads: fleet.loads,
      reservations,
      backlog: outbox.backlog,
    };
  }

  view(): EngineSnapshot {
    const { state, cell, epoch, outbox, fleet } = this.#parts;
    return {
      state: this.#parts.accepts() ? 'running' : 'stopping',
      cell,
      epoch,
      startedAt: this.#startedAt,
      journalSeq: outbox.durableSeq,
      bands: perBand((band) => ({ ...state.table.countsOf(band) })),
      settled: { ...state.table.verdicts },
      workers: this.#connected.length,
      slots: fleet.slots,
      loads: fleet.loads,
      staleReports: this.#parts.staleReports(),
      voidEntries: this.#parts.voidEntries + outbox.voidEntries,
    };
  }

  get #connected(): WorkerSession[] {
    return [...this.#parts.fleet.all()].filter(({ state }) => state !== 'absent');
  }

  get #settled(): number {
    const { verdicts } = this.#parts.state.table;
    return verdicts.completed + verdicts.failed + verdicts.cancelled + verdicts.timed_out;
  }
}

/** When the first waiting task of each band was submitted. */
const oldestOf = (queueClasses: QueueClasses): Partial<Record<Band, EpochMs>> => {
  const oldest: Partial<Record<Band, EpochMs>> = {};
  for (const queueClass of queueClasses.nonEmpty()) {
    for (const band of BANDS) {
      const head = queueClass.queue(band).peek();
      if (head) oldest[band] = Math.min(oldest[band] ?? head.submittedAt, head.submittedAt);
    }
  }
  return oldest;
};
