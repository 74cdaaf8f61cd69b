import { BANDS } from '@precedent/kernel';
import type { Band, EpochMs } from '@precedent/kernel';
import type { BandSample, CellSampled } from '@precedent/ports';
import type { CellCore } from './cell-core.ts';

const NO_RESERVATIONS = { freed: 0, held: 0 };

/** What there is of everything in a cell. */
export const sampleOf = (core: CellCore): CellSampled => {
  const { now: at, fleet, outbox, preemption } = core;
  const oldest = oldestOf(core);
  const bands = Object.fromEntries(
    BANDS.map((band) => [band, bandOf(core, band, at - (oldest[band] ?? at))]),
  );
  return {
    name: 'cell.sampled',
    at,
    bands: bands as Record<Band, BandSample>,
    workers: [...fleet.all()].filter(({ state }) => state !== 'absent').length,
    slots: fleet.slots,
    loads: fleet.loads,
    reservations: preemption?.reservations.counts ?? NO_RESERVATIONS,
    backlog: outbox.backlog,
  };
};

const bandOf = ({ state }: CellCore, band: Band, oldestMs: number): BandSample => {
  const { queued, running, retrying } = state.table.use(band);
  return { queued, running, paused: retrying, oldestMs };
};

/** When the first in the queue of each band was submitted. */
const oldestOf = ({ lanes }: CellCore): Partial<Record<Band, EpochMs>> => {
  const oldest: Partial<Record<Band, EpochMs>> = {};
  for (const lane of lanes.busy()) {
    for (const band of BANDS) {
      const head = lane.queue(band).peek();
      if (head) oldest[band] = Math.min(oldest[band] ?? head.submittedAt, head.submittedAt);
    }
  }
  return oldest;
};
