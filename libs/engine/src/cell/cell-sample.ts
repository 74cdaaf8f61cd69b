import { BANDS } from '@precedent/kernel';
import type { Band, EpochMs } from '@precedent/kernel';
import type { BandSample, CellSampled } from '@precedent/ports';
import type { BaseParts } from './base-parts.ts';
import type { CellState } from './cell-state.ts';
import type { QueueClasses } from '../dispatch/queue-classes.ts';
import type { Reservations } from '../preemption/reservations.ts';

const NO_RESERVATIONS = { freed: 0, held: 0 };

export type CellSampleParts = Pick<BaseParts, 'state' | 'fleet' | 'queueClasses' | 'outbox'>;

/** The figures of a cell for telemetry. */
export const sampleOf = (
  parts: CellSampleParts,
  reservations: Reservations | undefined,
  at: EpochMs,
): CellSampled => {
  const { state, fleet, queueClasses, outbox } = parts;
  const oldest = oldestOf(queueClasses);
  const bands = Object.fromEntries(
    BANDS.map((band) => [band, bandOf(state, band, at - (oldest[band] ?? at))]),
  );
  return {
    name: 'cell.sampled',
    at,
    bands: bands as Record<Band, BandSample>,
    workers: [...fleet.all()].filter(({ state }) => state !== 'absent').length,
    slots: fleet.slots,
    loads: fleet.loads,
    reservations: reservations?.counts ?? NO_RESERVATIONS,
    backlog: outbox.backlog,
  };
};

const bandOf = ({ table }: CellState, band: Band, oldestMs: number): BandSample => {
  const { queued, running, retrying } = table.countsOf(band);
  return { queued, running, paused: retrying, oldestMs };
};

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
