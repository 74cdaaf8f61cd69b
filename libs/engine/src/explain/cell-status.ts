import type { BandStatus, EngineSnapshot, WorkerView } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import type { Band, EpochMs } from '@precedent/kernel';
import type { CellView } from '../cell/cell-view.ts';
import type { Outbox } from '../journal/outbox.ts';

export interface CellStatusParts extends CellView {
  readonly cell: string;
  readonly epoch: number;
  readonly outbox: Outbox;
  /** Void entries that the recovery skipped. */
  readonly voidEntries: number;
  readonly accepts: () => boolean;
  readonly staleReports: () => number;
}

/** The figures that `status` shows. */
export class CellStatus {
  readonly #parts: CellStatusParts;
  readonly #startedAt: EpochMs;
  #settledBefore: number;
  #measuredAt: EpochMs;
  #throughput = 1;

  constructor(parts: CellStatusParts) {
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
    return [...this.#parts.fleet.all()]
      .filter(({ state }) => state !== 'absent')
      .map((session) => session.view());
  }

  view(): EngineSnapshot {
    const { state, cell, epoch, outbox, fleet } = this.#parts;
    const bands = Object.fromEntries(
      BANDS.map((band) => [band, { ...state.table.countsOf(band) }]),
    ) as Record<Band, BandStatus>;
    return {
      state: this.#parts.accepts() ? 'running' : 'stopping',
      cell,
      epoch,
      startedAt: this.#startedAt,
      journalSeq: outbox.durableSeq,
      bands,
      settled: { ...state.table.verdicts },
      workers: [...fleet.all()].filter(({ state: life }) => life !== 'absent').length,
      slots: fleet.slots,
      loads: fleet.loads,
      staleReports: this.#parts.staleReports(),
      voidEntries: this.#parts.voidEntries + outbox.voidEntries,
    };
  }

  get #settled(): number {
    const { verdicts } = this.#parts.state.table;
    return verdicts.completed + verdicts.failed + verdicts.cancelled + verdicts.timed_out;
  }
}
