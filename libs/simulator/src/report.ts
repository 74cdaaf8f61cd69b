import { BANDS } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { Scenario, Variant } from './scenario.ts';
import { percentOf, quantilesOf } from './statistics.ts';
import type { Quantiles } from './statistics.ts';
import type { SimulatedCell } from './simulated-cell.ts';
import type { BandTally } from './tally.ts';

/** What came of a scenario under each of its policies; plain JSON, and the same bytes for the same seed. */
export interface SimulationReport {
  readonly scenario: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly policies: readonly PolicyReport[];
}

export interface PolicyReport {
  readonly policy: string;
  /** When the last task was settled, or the simulation was over. Milliseconds from the start. */
  readonly endedAtMs: number;
  readonly slots: number;
  /** Share of the slots' time in which something ran in them. */
  readonly usedPercent: number;
  /** Useful work as a share of the time in slots. */
  readonly goodputPercent: number;
  /** Work that was done for nothing, as a share of the time in slots. */
  readonly lostPercent: number;
  readonly tasks: number;
  readonly settled: number;
  readonly preemptions: number;
  readonly repeats: number;
  readonly crashes: number;
  /** Times that a breaker stopped preemption. */
  readonly breakerOpened: number;
  /** How often the rule came to which outcome. */
  readonly decisions: Readonly<Record<string, number>>;
  /** Most urgent first; only those that tasks arrived in. */
  readonly bands: readonly BandReport[];
}

export interface BandReport {
  readonly band: Band;
  readonly tasks: number;
  /** By the admission: the band was full. */
  readonly refused: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly cancelled: number;
  /** At the end of the simulation. */
  readonly open: number;
  /** From arrival to the first start, of those that started; `null` when none did. Milliseconds. */
  readonly waitMs: Quantiles | null;
  /** From the first start to completion. Milliseconds. */
  readonly runMs: Quantiles | null;
  /** From arrival to completion, as a multiple of the work, to two decimals. */
  readonly slowdown: Quantiles | null;
  readonly goodputPercent: number;
  readonly lostPercent: number;
  readonly lostMs: number;
  readonly preemptions: number;
  /** Preempted again within a minute of the resume. */
  readonly repeats: number;
}

/** The report about a stage that was closed. */
export const reportOf = (stage: SimulatedCell, scenario: Scenario, variant: Variant): PolicyReport => {
  const { tally, endedAtMs } = stage;
  const all = Object.values(tally.bands);
  const slots = scenario.workers.reduce((sum, one) => sum + one.count * (variant.slots ?? one.slots), 0);
  const slotMs = sumOf(all, 'slotMs');
  const bands = BANDS.toReversed().filter((band) => tally.bands[band].arrived > 0);
  return {
    policy: variant.name,
    endedAtMs,
    slots,
    usedPercent: percentOf(slotMs, slots * endedAtMs),
    goodputPercent: percentOf(sumOf(all, 'usefulMs'), slotMs),
    lostPercent: percentOf(sumOf(all, 'lostMs'), slotMs),
    tasks: sumOf(all, 'arrived'),
    settled: all.reduce((sum, band) => sum + settledOf(band), 0),
    preemptions: sumOf(all, 'preemptions'),
    repeats: sumOf(all, 'repeats'),
    crashes: tally.crashes,
    breakerOpened: tally.breakerOpened,
    decisions: Object.fromEntries([...tally.decisions].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    bands: bands.map((band) => bandReport(band, tally.bands[band], openOf(stage, band))),
  };
};

const bandReport = (band: Band, tally: BandTally, open: number): BandReport => {
  const { refused, completed, failed, timedOut, cancelled, preemptions, repeats } = tally;
  return {
    band,
    tasks: tally.arrived,
    refused,
    completed,
    failed,
    timedOut,
    cancelled,
    open,
    waitMs: quantilesOf(tally.waits) ?? null,
    runMs: quantilesOf(tally.runs) ?? null,
    slowdown: rounded(quantilesOf(tally.slowdowns)),
    goodputPercent: percentOf(tally.usefulMs, tally.slotMs),
    lostPercent: percentOf(tally.lostMs, tally.slotMs),
    lostMs: tally.lostMs,
    preemptions,
    repeats,
  };
};

/** By the engine's own books, not by ours: the difference would be a task that got lost. */
const openOf = ({ cell }: SimulatedCell, band: Band): number => {
  const { queued, running, retrying } = cell.state.table.countsOf(band);
  return queued + running + retrying;
};

const settledOf = ({ completed, failed, timedOut, cancelled }: BandTally): number =>
  completed + failed + timedOut + cancelled;

type Count = { [K in keyof BandTally]: BandTally[K] extends number ? K : never }[keyof BandTally];

const sumOf = (bands: readonly BandTally[], what: Count): number =>
  bands.reduce((sum, band) => sum + band[what], 0);

const rounded = (quantiles: Quantiles | undefined): Quantiles | null => {
  if (quantiles === undefined) return null;
  const two = (value: number): number => Math.round(value * 100) / 100;
  return { p50: two(quantiles.p50), p95: two(quantiles.p95), p99: two(quantiles.p99) };
};
